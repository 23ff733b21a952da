package dev.text2image.hub.upload;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.hub.AccessToken;
import dev.text2image.hub.HubApi;
import dev.text2image.hub.HubException;
import dev.text2image.hub.HubException.Kind;
import dev.text2image.hub.HubHttp;
import dev.text2image.hub.HubRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom a token belongs to.
 *
 * @param name the account
 * @param organizations those that it is in, as far as the token shows them
 * @param showsAll false if the token has rights to single repositories, and need not show all
 */
record Account(String name, List<String> organizations, boolean showsAll) {
    Account {
        organizations = List.copyOf(organizations);
    }

    /**
     * Asks the hub.
     *
     * @throws HubException if there is no token, it is unknown, or may only read
     */
    static Account of(HubHttp http) {
        AccessToken token = http.settings().token();
        String make = "make one that may write at " + http.settings().endpoint() + "/settings/tokens";
        if (token == null) {
            throw new HubException(
                    Kind.ACCESS,
                    "Publishing needs a token; " + make + " and set HF_TOKEN to it, or log in with: hf auth login.");
        }
        HubRequest request = HubRequest.get(http.uri("api/whoami-v2"), "account of the " + token);
        JsonObject answer = HubApi.object(http.json(request, http.send(request)));
        String name = HubApi.text(answer, "name");
        if (name == null) {
            throw HubException.badAnswer("it names no account for the " + token);
        }
        String role = role(answer);
        if ("read".equals(role)) {
            throw new HubException(Kind.ACCESS, "The " + token + " may only read; " + make + ".");
        }
        return new Account(name, organizations(answer), !"fineGrained".equals(role));
    }

    private static @Nullable String role(JsonObject answer) {
        JsonElement auth = answer.get("auth");
        JsonElement token = auth instanceof JsonObject object ? object.get("accessToken") : null;
        return token instanceof JsonObject object ? HubApi.text(object, "role") : null;
    }

    private static List<String> organizations(JsonObject answer) {
        List<String> names = new ArrayList<>();
        if (answer.get("orgs") instanceof JsonArray orgs) {
            for (JsonElement org : orgs) {
                String name = HubApi.text(HubApi.object(org), "name");
                if (name != null) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    /**
     * Puts the account's name before a name without one.
     *
     * @throws HubException if it begins with somebody else's
     */
    String owned(String repository) {
        int slash = repository.indexOf('/');
        String owner = slash < 0 ? name : repository.substring(0, slash);
        boolean own = owner.equalsIgnoreCase(name) || organizations.stream().anyMatch(owner::equalsIgnoreCase);
        if (!own && showsAll) {
            String choice = organizations.isEmpty() ? "" : ", or an organization: " + String.join(", ", organizations);
            throw new HubException(
                    Kind.ACCESS,
                    "The token is not of " + owner + ", whose name " + repository + " begins with; take the account "
                            + name + choice + ".");
        }
        return slash < 0 ? owner + "/" + repository : repository;
    }
}
