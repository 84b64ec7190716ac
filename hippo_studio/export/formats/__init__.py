"""One file per format of coefficient files; `hippo_studio.export.coefficients` lists them."""
