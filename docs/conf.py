"""Configuration of Sphinx. `python -m tools.build_site` assembles the pages and runs it."""

from swagger_client import __version__

project = "swagger_client"
copyright = "the swagger_client maintainers"
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
]
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 4
# Texts contain options such as `--json`, which must not get dashes.
smartquotes = False
# The pages of the generated client's form skip heading levels.
# Names such as `T` and `type` occur in several modules; links to them are not needed.
suppress_warnings = ["myst.header", "ref.python"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"swagger_client {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["tables.js"]
html_extra_path = ["_extra"]
html_show_sphinx = False
# Summaries are fetched, which browsers forbid for files.
html_show_search_summary = False
html_copy_source = False
# Everything is served from the site itself, so that it works offline.
html_theme_options = {"navigation_with_keys": False, "top_of_page_buttons": []}

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
add_module_names = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
