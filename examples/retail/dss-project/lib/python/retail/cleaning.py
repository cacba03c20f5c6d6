"""How raw customer values become analysable ones."""


def email_domain(email):
    """Return the domain of an address, lower case, or None.

    >>> email_domain("Ana@Example.org")
    'example.org'
    """
    if not isinstance(email, str) or "@" not in email:
        return None
    return email.rsplit("@", 1)[1].strip().lower()


def age_group(birth_year, this_year=2026):
    """Return a ten-year group such as ``30-39``, or None for impossible years."""
    if not birth_year or not 1900 < birth_year <= this_year:
        return None
    low = (this_year - int(birth_year)) // 10 * 10
    return f"{low}-{low + 9}"
