"""The colours and measures that Gradio's own parts take over; everything else is in `assets/style.css`."""

from typing import Final

import gradio as gr

# Only fonts that the reader's machine has: the page makes no outside request.
FONTS: Final = ("Inter", "Segoe UI", "Helvetica Neue", "Arial", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC")
# The same in light and dark: each is a custom property of the style sheet, which has two values.
COLOURS: Final = {
    "body_background_fill": "var(--page)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--ink-2)",
    "background_fill_primary": "var(--surface)",
    "background_fill_secondary": "var(--sunken)",
    "block_background_fill": "transparent",
    "block_label_background_fill": "transparent",
    "block_label_text_color": "var(--ink)",
    "block_title_text_color": "var(--ink)",
    "block_info_text_color": "var(--ink-2)",
    "border_color_primary": "var(--line)",
    "border_color_accent": "var(--accent)",
    "color_accent_soft": "var(--accent-soft)",
    "input_background_fill": "var(--surface)",
    "input_background_fill_focus": "var(--surface)",
    "input_border_color": "var(--edge)",
    "input_border_color_focus": "var(--accent)",
    "input_placeholder_color": "var(--ink-2)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent-hover)",
    "button_primary_text_color": "var(--on-accent)",
    "button_secondary_background_fill": "var(--surface)",
    "button_secondary_background_fill_hover": "var(--sunken)",
    "button_secondary_border_color": "var(--line)",
    "button_secondary_text_color": "var(--ink)",
    "checkbox_background_color_selected": "var(--accent)",
    "checkbox_border_color": "var(--edge)",
    "checkbox_border_color_selected": "var(--accent)",
    "checkbox_label_background_fill": "var(--surface)",
    "checkbox_label_background_fill_hover": "var(--sunken)",
    "checkbox_label_background_fill_selected": "var(--surface)",
    "checkbox_label_text_color_selected": "var(--accent)",
    "slider_color": "var(--accent)",
    "link_text_color": "var(--accent)",
}


def make_theme() -> gr.themes.Base:
    """Make the calm theme: neutral greys, one blue; each value is a custom property of the style sheet."""
    values = {name + suffix: value for name, value in COLOURS.items() for suffix in ("", "_dark")}
    theme = gr.themes.Base(font=[*FONTS, "sans-serif"], font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"])
    return theme.set(
        **values,
        block_border_width="0px",
        input_border_width="1px",
        block_padding="0px",
        block_title_text_weight="500",
        block_label_text_weight="500",
        button_primary_shadow="none",
        button_primary_shadow_hover="none",
        button_primary_shadow_active="none",
        button_secondary_shadow="none",
        layout_gap="12px",
        panel_border_width="0px",
    )
