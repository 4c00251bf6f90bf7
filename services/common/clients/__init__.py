"""Calls from one service to another: the same over HTTP and in process."""

from services.common.clients.peer import Peer, PeerUnavailable

__all__ = ["Peer", "PeerUnavailable"]
