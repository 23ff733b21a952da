"""The parts of make_model_fixtures.py."""
