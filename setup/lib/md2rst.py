"""Markdown of an addon's readme fragments as reStructuredText.

Pure and deterministic: a text in, a text out. It knows what a readme needs (headings,
paragraphs, lists, tables, code, quotes, links, images) and refuses everything else by
name, so that nothing disappears silently. Needs markdown-it-py.
"""

import re
from textwrap import indent

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

UNDERLINES = "=-~^"  # sections of the README, then headings inside a fragment
TOUCHES_BEFORE = re.compile(r"[^\s'\"(\[{<\-/:]$")
TOUCHES_AFTER = re.compile(r"^[^\s'\")\]}>\-/\\:.,;!?]")


class UnsupportedMarkdown(ValueError):
    """The fragment uses something a README.rst cannot say."""


def heading(title, level=0):
    """Return a title with its underline; level 0 is a section of the README.

    >>> print(heading("Usage"))
    Usage
    =====
    """
    return f"{title}\n{UNDERLINES[level] * len(title)}"


def md_to_rst(markdown):
    r"""Convert a fragment; its own headings start one level below the section.

    >>> print(md_to_rst("# Keys\n\nSet `a_b`, see [docs](https://example.org)."))
    Keys
    ----
    <BLANKLINE>
    Set ``a_b``, see `docs <https://example.org>`__.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return _blocks(SyntaxTreeNode(tokens).children)


def _blocks(nodes):
    texts = (_block(node) for node in nodes)
    return "\n\n".join(text for text in texts if text)


def _block(node):
    try:
        convert = BLOCKS[node.type]
    except KeyError:
        line = node.map[0] + 1 if node.map else "?"
        raise UnsupportedMarkdown(f"line {line}: {node.type}") from None
    return convert(node)


def _heading(node):
    return heading(_inline(node.children[0]), int(node.tag[1]))


def _paragraph(node):
    inline = node.children[0]
    if len(inline.children) == 1 and inline.children[0].type == "image":
        image = inline.children[0]
        return f".. image:: {image.attrs['src']}\n   :alt: {image.content}"
    text = _inline(inline)
    # A paragraph that ends with "::" would open a literal block.
    return re.sub(r"::$", r":\:", text)


def _bullet_list(node):
    return _items(node, lambda index: "-")


def _ordered_list(node):
    start = int(node.attrs.get("start", 1))
    return _items(node, lambda index: f"{start + index}.")


def _items(node, marker):
    items = []
    for index, item in enumerate(node.children):
        mark = marker(index) + " "
        text = indent(_blocks(item.children), " " * len(mark))
        items.append(mark + text[len(mark) :])
    tight = all(len(item.children) == 1 for item in node.children)
    return ("\n" if tight else "\n\n").join(items)


def _code(node):
    language = (getattr(node, "info", "") or "").strip()
    opening = f".. code-block:: {language}" if language else "::"
    return f"{opening}\n\n{indent(node.content.rstrip(), '   ')}"


def _quote(node):
    return indent(_blocks(node.children), "   ")


def _table(node):
    rows = [row for part in node.children for row in part.children]
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        for number, cell in enumerate(row.children):
            mark = "   * - " if number == 0 else "     - "
            lines.append((mark + _inline(cell.children[0])).rstrip())
    return "\n".join(lines)


def _html(node):
    """Drop a comment (a note to writers); HTML itself has no place here."""
    if re.fullmatch(r"\s*<!--.*-->\s*", node.content, re.DOTALL):
        return ""
    raise UnsupportedMarkdown(f"line {node.map[0] + 1}: HTML")


def _inline(node):
    """Join the pieces; markup that touches a word is parted from it by ``\\ ``."""
    result, was_markup = "", False
    for child in node.children:
        is_markup = child.type in MARKUP
        text = _piece(child)
        before = is_markup and TOUCHES_BEFORE.search(result)
        after = was_markup and (is_markup or TOUCHES_AFTER.search(text))
        result += ("\\ " if text and (before or after) else "") + text
        was_markup = is_markup
    return result


def _piece(node):
    if node.type == "text":
        return _escape(node.content)
    if node.type == "softbreak":
        return "\n"
    if node.type in MARKUP:
        return MARKUP[node.type](node)
    raise UnsupportedMarkdown(f"{node.type} in a text")


def _escape(text):
    r"""Take the meaning from reStructuredText's own characters.

    >>> print(_escape("2 * 3 in monitor_core, x_ and a|b"))
    2 \* 3 in monitor_core, x\_ and a\|b
    """
    text = re.sub(r"([\\*`|])", r"\\\1", text)
    return re.sub(r"(?<=\w)_(?!\w)", r"\\_", text)


def _plain(node):
    """Text of a node without markup: reStructuredText cannot nest it."""
    if node.type == "softbreak":
        return " "
    return node.content if not node.children else "".join(map(_plain, node.children))


def _wrap(mark):
    return lambda node: f"{mark}{_escape(_plain(node))}{mark}"


BLOCKS = {
    "heading": _heading,
    "paragraph": _paragraph,
    "bullet_list": _bullet_list,
    "ordered_list": _ordered_list,
    "fence": _code,
    "code_block": _code,
    "blockquote": _quote,
    "table": _table,
    "html_block": _html,
}
MARKUP = {
    "strong": _wrap("**"),
    "em": _wrap("*"),
    "code_inline": lambda node: f"``{node.content}``",
    "link": lambda node: f"`{_escape(_plain(node))} <{node.attrs['href']}>`__",
}
