from apps.delivery.demo_records import address, demo_file, have_deliver, media, preview, version

__all__ = ["address", "demo_file", "have_deliver", "media", "preview", "version"]
