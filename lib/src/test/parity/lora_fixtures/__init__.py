"""The parts of make_lora_fixtures.py."""
