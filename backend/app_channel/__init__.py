"""The app channel's API: a shop's own server talks to the bot, synchronously, in JSON."""
