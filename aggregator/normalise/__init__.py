"""From what a source tells to what may be shown: clean HTML, absolute links, aware dates, people, language.

`aggregator.normalise.clean.clean` is the way in; importing this package loads nothing.
"""
