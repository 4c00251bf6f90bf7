"""The web: help centre, requests, agent workspace, administration. No data of its own but sessions."""
