"Sphinx's settings for the site; .ci/docs/build.py prepares the sources and calls Sphinx"
from datetime import date
from pathlib import Path
import abaw

project, author, copyright = 'abaw', 'The abaw authors', f'{date.today().year}, the abaw authors'
version = release = abaw.__version__
extensions = ['myst_nb']
exclude_patterns = ['_build']
language = 'en'

nb_execution_mode = 'off' # build.py has executed them
nb_merge_streams = True
nb_output_stderr = 'remove' # progress bars and warnings of other packages
nb_number_source_lines = False
myst_enable_extensions = ['html_image', 'colon_fence', 'dollarmath']
myst_heading_anchors = 4
# repo: a file that is copied beside the pages
myst_url_schemes = dict(http=None, https=None, mailto=None, repo='{{path}}')
suppress_warnings = ['myst.header', 'mystnb.unknown_mime_type', 'misc.highlighting_failure']
python_maximum_signature_line_length = 72
add_module_names = False
toc_object_entries_show_parents = 'hide'

html_theme = 'furo'
html_title = f'abaw {abaw.__version__}'
html_static_path = [str(Path(__file__).resolve().parent/'static')]
html_css_files = ['abaw.css']
html_show_sphinx = html_copy_source = html_show_sourcelink = False
html_theme_options = dict(navigation_with_keys=True, top_of_page_buttons=[])
templates_path, html_sidebars = [], {}

# Formulas as MathML, which browsers draw themselves: no script, nothing fetched when a page is looked at
def _math(block):
    from docutils import nodes
    from docutils.utils.math.latex2mathml import tex2mathml
    def visit(self, node):
        mathml = tex2mathml(node.astext(), as_block=block)
        self.body.append(f'<div class="formula">{mathml}</div>' if block else mathml)
        raise nodes.SkipNode
    return visit

def setup(app): app.add_html_math_renderer('mathml', (_math(False), None), (_math(True), None))

html_math_renderer = 'mathml'
