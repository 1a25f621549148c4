"""Take the README's picture out of lesson 09, as it was executed: python tools/readme_picture.py"""

import base64
import io
import re
from pathlib import Path

import nbformat
from PIL import Image

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
ALT = "Accuracy and AUC of five methods"  # how the figure's alternative text begins

notebook = nbformat.read(NOTEBOOKS / "09_efficientnet.ipynb", as_version=4)
pages = [
    output.data["text/html"]
    for cell in notebook.cells
    for output in cell.get("outputs", [])
    if "text/html" in output.get("data", {})
]
page = next(page for page in pages if f'alt="{ALT}' in page)
picture = base64.b64decode(re.search(r"base64,([A-Za-z0-9+/=]+)", page).group(1))
target = NOTEBOOKS / "figures" / "solar_cells.png"
target.parent.mkdir(exist_ok=True)
Image.open(io.BytesIO(picture)).save(target, optimize=True)
