"""One plan, result, drift, import or error as text, Markdown, HTML and JSON; pure, and the only place that words them."""

__all__: list[str] = []
