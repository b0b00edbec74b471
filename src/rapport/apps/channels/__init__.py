"""Where else people are told: chats, and other programs."""
