"""What can go wrong between a driver and its device."""


class DriverError(Exception):
    """Anything a driver may raise; the agent knows what to do with each kind."""


class LinkLost(DriverError):
    """The device cannot be reached; try again."""


class BadAnswer(DriverError):
    """The device answered something that makes no sense; counted, then a fault."""


class CommandRefused(DriverError):
    """The device will not do it, however often it is asked."""


class NotConsented(DriverError):
    """A hazardous order without a local consent in force."""


class InvalidSettings(DriverError):
    """A setting is missing, of the wrong kind or out of bounds; a technician must correct it."""
