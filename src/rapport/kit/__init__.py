"""The design system: base pages, small parts of pages, charts. It knows no noun of the business."""
