"""A Java kernel for Jupyter with the text2image library on its class path."""
