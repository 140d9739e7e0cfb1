"""Tables of measurements in a page: each script rewrites its own section and leaves the others as they are."""

import pathlib
import re


def write(file, name, lines):
    """Puts lines between the marks of this section, which must be there."""
    page = pathlib.Path(file)
    text = page.read_text()
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{file} has no section {name}")
    body = "\n".join(lines) + "\n"
    page.write_text(pattern.sub(lambda _: begin + body + end, text))
