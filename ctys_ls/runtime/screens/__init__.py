"""The screens of guests: from the VNC server on a host to a viewer or a browser on this machine."""
