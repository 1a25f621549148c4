"""Sphinx's settings for the course's site, which `python -m tlcourse site` builds."""

from tlcourse.course.site import repository

project = "Transfer learning"
language = "en"

extensions = ["myst_nb", "tlcourse.course.linking"]
nitpicky = True  # a link that leads nowhere fails the build

nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

html_theme = "sphinx_book_theme"
html_title = "Transfer learning with pre-trained networks"
html_use_index = False  # the glossary is one
html_show_copyright = False  # the last line of each page names the licences
html_sidebars = {"**": ["navbar-logo.html", "search-button-field.html", "course-contents.html"]}
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_context = {"default_mode": "auto"}
html_sourcelink_suffix = ""
html_theme_options = {
    "footer_content_items": ["extra-footer.html"],
    "extra_footer": "<p>Text and figures CC BY 4.0, code MIT; photographs as the lessons say.</p>",
    "show_navbar_depth": 1,
    "use_download_button": True,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # the search stands in the column at the left
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

if known := repository():
    html_theme_options |= {
        "repository_url": f"https://github.com/{known[0]}/{known[1]}",
        "repository_branch": "main",
        "use_repository_button": True,
        "launch_buttons": {
            "colab_url": "https://colab.research.google.com",
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
    }
