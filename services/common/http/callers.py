"""Who is counted where something is limited by address."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str) -> str:
    """The address by which a caller is counted: of IPv6 the first half, which is what one customer of a network gets.

    An IPv4 address in an IPv6 one is the IPv4 address. What is no address stays what it is.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"
