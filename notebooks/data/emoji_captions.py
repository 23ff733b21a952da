"""Says in English what an emoji shows: turns the names of the npm packages emoji-datasource-* into captions."""

import re

# Names of the Unicode standard that say nothing about the picture, by code point.
BY_CODE = {
    "1F17E-FE0F": "a red button with the letter o",
    "1F170-FE0F": "a red button with the letter a",
    "1F171-FE0F": "a red button with the letter b",
    "1F17F-FE0F": "a blue button with the letter p",
    "1F18E": "a red button with the letters ab",
    "1F201": "a japanese here button",
    "1F202-FE0F": "a japanese service charge button",
    "1F21A": "a japanese free of charge button",
    "1F22F": "a japanese reserved button",
    "1F232": "a japanese prohibited button",
    "1F233": "a japanese vacancy button",
    "1F234": "a japanese passing grade button",
    "1F235": "a japanese no vacancy button",
    "1F236": "a japanese not free of charge button",
    "1F237-FE0F": "a japanese monthly amount button",
    "1F238": "a japanese application button",
    "1F239": "a japanese discount button",
    "1F23A": "a japanese open for business button",
    "1F250": "a japanese bargain button",
    "1F251": "a japanese acceptable button",
    "3297-FE0F": "a japanese congratulations button",
    "3299-FE0F": "a japanese secret button",
    "24C2-FE0F": "a circled letter m",
    "002A-FE0F-20E3": "a keycap with an asterisk",
    "0023-FE0F-20E3": "a keycap with a hash sign",
    "1F935": "a person in a tuxedo",
    "1F6A3": "a person rowing a boat",
    "1F93D": "a person playing water polo",
    "1F93E": "a person playing handball",
    "1F937": "a person shrugging",
    "1F926": "a person facepalming",
    "1F931": "a person breast-feeding a baby",
    "1F487": "a person getting a haircut",
    "1F486": "a person getting a face massage",
    "1F939": "a person juggling",
    "1F938": "a person doing a cartwheel",
    "1F481": "a person tipping a hand",
    "1F645": "a person gesturing no",
    "1F646": "a person gesturing ok",
    "1F6C0": "a person taking a bath",
    "1F6CC": "a person in bed",
    "1F3C7": "a person on a racing horse",
    "1FAF5": "an index finger pointing at the viewer",
    "261D-FE0F": "an index finger pointing up",
    "1F446": "a hand pointing up",
    "1F447": "a hand pointing down",
    "1F448": "a hand pointing left",
    "1F449": "a hand pointing right",
    "1F68F": "a bus stop",
    "1F52A": "a kitchen knife",
    "1F35F": "french fries",
    "1F004": "a mahjong tile with a red dragon",
    "1F0CF": "a black joker playing card",
    "2660-FE0F": "a black spade",
    "2663-FE0F": "a black club",
    "2665-FE0F": "a red heart of a card game",
    "2666-FE0F": "a red diamond of a card game",
    "2764-FE0F": "a red heart",
    "263A-FE0F": "a smiling face",
    "2702-FE0F": "scissors",
    "260E-FE0F": "a telephone",
    "2600-FE0F": "a sun with rays",
    "2B50": "a star",
    "2708-FE0F": "an airplane",
    "1F6A8": "a police car's revolving light",
    "1F30E": "an earth globe americas",
    "1F520": "an input symbol for capital letters",
    "1F521": "an input symbol for small letters",
    "2753": "a red question mark",
    "2754": "a white question mark",
    "2757": "a red exclamation mark",
    "2755": "a white exclamation mark",
    "1F311": "a new moon",
    "1F315": "a full moon",
    "1F373": "a frying pan with an egg",
    "1F3AD": "theatre masks",
    "1F3AE": "a game controller",
    "1F3AF": "a dart in a target",
    "1F3B1": "a billiard ball",
    "1F52B": "a water pistol",
    "1F6D1": "a stop sign",
    "1F923": "a face rolling on the floor laughing",
    "1F48F": "a couple kissing",
    "1F6D0": "a place of worship sign",
}

# Wordings that are put right wherever they occur in a lower-case name.
WORDS = [
    (r"\boclock\b", "o'clock"),
    (r"\b(wo)?mans\b", r"\1man's"),
    (r"\b(wo)?mens\b", r"\1men's"),
    (r"[\u2018\u2019]", "'"),
    (r"&", "and"),
    (r"\blatin (capital |small )?letters?\b", "letters"),
    (r"^squared (.+)$", r"\1 button"),
    (r"\bnegative squared\b", "boxed"),
    (r"^keycap (.+)$", r"keycap with the number \1"),
    (r"^clock face (.+)$", r"clock face showing \1"),
    (r"^(person|man|woman): bald$", r"bald \1"),
    (r"^(person|man|woman): beard$", r"\1 with a beard"),
    (r"^(person|man|woman): (.+)$", r"\1 with \2"),
    (r"\bface throwing a kiss\b", "face blowing a kiss"),
    (r"^open hands sign$", "pair of open hands"),
    (r"^clapping hands sign$", "pair of clapping hands"),
    (r"^(radioactive|biohazard)$", r"\1 sign"),
    (r"^foggy$", "foggy city"),
]

ZODIAC = "the zodiac sign {}"
# Names that take no article though they do not end in "s": uncountable nouns, proper names, groups of people.
NO_ARTICLE = set(
    """
    no entry|restroom|passport control|customs|baggage claim|left luggage|om|yin yang|infinity|coral|broccoli|garlic|bread
    baguette bread|bacon|popcorn|butter|salt|spaghetti|sushi|oden|dango|custard|candy|chocolate|curry and rice|cooked rice
    shaved ice|soft ice cream|ice cream|canned food|fondue|bubble tea|honey|water polo|bowling|billiards|performing arts
    father christmas|mother christmas|mx claus|mount fuji|tokyo tower|foggy weather|fog|fire|camping|building construction
    wood|luggage|light rail|men wrestling|women wrestling|people hugging|people holding hands|palms up together
    children crossing|cooking|pouring liquid|money with wings|multiple musical notes|flower playing cards|poultry|high voltage|snow
    """.strip().replace("\n    ", "|").split("|")
)
SINGULAR_IN_S = re.compile(r"(ss|us|is|os|lens|tennis|chess|gas)$")
FLAG_WITH_THE = re.compile(
    r"^(?!south georgia|heard)(united|netherlands|philippines|bahamas|maldives|.* islands|.* republic|.* emirates|comoros|seychelles|gambia|caribbean|european|palestinian"
    r"|british .* territory|french southern|isle of)"
)


def with_article(phrase: str) -> str:
    """Puts "a" or "an" before a phrase, or nothing before plurals and uncountable nouns."""
    head = re.split(r" (?:with|of|in|on|at|behind|over|facing|showing|and|from|holding|pointing|before|without|above|for)\b", phrase)[0]
    last = head.split()[-1]
    plural = last.endswith("s") and not SINGULAR_IN_S.search(last) and not last.endswith("'s")
    plural = plural or last in ("men", "women", "people", "dice", "feet", "children")
    one_person = phrase.startswith(("person ", "man ", "woman "))
    if phrase in NO_ARTICLE or plural and not one_person:
        return phrase
    if phrase in ("statue of liberty", "kaaba", "milky way"):
        return "the " + phrase
    sounds_like_vowel = phrase[0] in "aeio" or phrase.startswith(("um", "up", "un")) and not phrase.startswith("uni")
    sounds_like_vowel = sounds_like_vowel and not phrase.startswith(("european", "one-"))
    letters = phrase.startswith(("x-ray", "sos", "ng button", "hour"))
    return ("an " if sounds_like_vowel or letters else "a ") + phrase


def family(people: str) -> str:
    """Turns "man, woman, boy" into "a man, a woman and a boy"."""
    parts = [with_article(person.strip()) for person in people.split(",")]
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


def subject(emoji: dict) -> str:
    """Says in lower-case English what an emoji shows, with its article."""
    if emoji["unified"] in BY_CODE:
        return BY_CODE[emoji["unified"]]
    name = emoji["name"].strip()
    if emoji["subcategory"] in ("country-flag", "subdivision-flag"):
        country = re.sub(r" Flag$", "", name).lower().replace("&", "and").replace("\u2019", "'")
        return "the flag of " + ("the " if FLAG_WITH_THE.match(country) else "") + country
    name = name.lower()
    if emoji["subcategory"] == "zodiac":
        return ZODIAC.format(name)
    group = re.match(r"^(family|couple with heart|kiss): (.+)$", name)
    if group:
        joint = {"family": "a family of ", "couple with heart": "a couple with a heart, ", "kiss": "a kiss between "}
        return joint[group[1]] + family(group[2])
    for pattern, replacement in WORDS:
        name = re.sub(pattern, replacement, name)
    if emoji["subcategory"] in ("arrow", "av-symbol", "emotion", "punctuation", "math"):
        name = re.sub(r"^(black|white|heavy) ", "", name)
        name = re.sub(r" black arrow$", " arrow", name)
    return with_article(name)


def caption(emoji: dict) -> str:
    """Gives the caption that every image of an emoji has, such as "an emoji of a red heart"."""
    return "an emoji of " + subject(emoji)


def short_name(emoji: dict) -> str:
    """Gives what an emoji shows without its article, such as "red heart"."""
    return re.sub(r"^(a|an|the) ", "", subject(emoji))
