"""Sphinx builds the documentation offline: no intersphinx, no fonts from elsewhere."""

import re

# sphinx-gallery looks up all names that examples import; this makes them importable.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

import sksearch

project = "sksearch"
author = "the sksearch developers"
copyright = f"2026, {author}"
version = release = sksearch.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_templates"]
default_role = "literal"  # what stands between single backticks is code

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say it, with shapes and defaults
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    # What is named plot_ takes seconds and is run here; the others train for a minute
    # or two, or need a cluster, and are run by the tests.
    "filename_pattern": r"/plot_",
    "nested_sections": False,
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": None,
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "capture_repr": ("_repr_html_",),  # a display is its picture
    "abort_on_example_error": True,
}


def inherited_as_text(app, what, name, obj, options, lines):
    """Show scikit-learn's glossary terms as text: its glossary is not here."""
    lines[:] = [
        re.sub(r":term:`([^`<]+?)(?: <[^`]*>)?`", r"*\1*", line) for line in lines
    ]


def setup(app):
    # After numpydoc, which copies the summaries of inherited properties.
    app.connect("autodoc-process-docstring", inherited_as_text, priority=900)


html_theme = "pydata_sphinx_theme"
html_title = "sksearch"
html_static_path = ["_static"]
html_css_files = ["gallery.css"]
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False
