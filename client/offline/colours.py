"""The names of colours, in English and Chinese."""

from dataclasses import dataclass
from typing import Final

from client.offline.recolour import Rgb


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour: its names as regular expressions, what it is called, and its value."""

    english: str
    chinese: str
    word: str
    word_zh: str
    rgb: Rgb
    hue: bool = True
    """False for what a picture cannot be tinted with: black, white, grey."""


COLOURS: Final = (
    Colour(r"teal|petrol", r"深青色?|青绿色?|水鸭色|孔雀蓝", "teal", "青绿色", (0, 118, 122)),
    Colour(r"turquoise|cyan|aqua", r"青色?|蓝绿色?|绿松石色?|湖蓝色?", "turquoise", "青色", (20, 170, 185)),
    Colour(r"navy", r"藏青色?|海军蓝|深蓝色?", "navy", "深蓝色", (24, 44, 108)),
    Colour(r"blue|azure|cobalt", r"蓝色?|天蓝色?|浅蓝色?|淡蓝色?", "blue", "蓝色", (38, 92, 190)),
    Colour(r"mint", r"薄荷绿|薄荷色|浅绿色?|淡绿色?", "mint", "薄荷绿", (110, 195, 150)),
    Colour(r"olive", r"橄榄绿|橄榄色", "olive", "橄榄绿", (118, 120, 44)),
    Colour(r"green|emerald", r"绿色?|深绿色?|翠绿色?|墨绿色?", "green", "绿色", (44, 138, 66)),
    Colour(r"yellow|lemon", r"黄色?|明黄色?|浅黄色?|柠檬黄", "yellow", "黄色", (228, 190, 40)),
    Colour(r"gold(?:en)?", r"金色|金黄色?", "gold", "金色", (196, 154, 62)),
    Colour(r"orange|amber|tangerine", r"橙色?|橘色|橘黄色?|橙黄色?|琥珀色", "orange", "橙色", (226, 122, 36)),
    Colour(
        r"burgundy|maroon|wine[\s-]red|crimson", r"酒红色?|深红色?|暗红色?|绛红色?", "burgundy", "酒红色", (124, 26, 46)
    ),
    Colour(r"red|scarlet", r"红色?|大红色?|朱红色?|鲜红色?", "red", "红色", (196, 40, 38)),
    Colour(r"pink|rose|salmon", r"粉色|粉红色?|玫红色?|浅红色?", "pink", "粉色", (228, 120, 156)),
    Colour(r"magenta|fuchsia", r"品红色?|洋红色?", "magenta", "洋红色", (190, 50, 140)),
    Colour(r"purple|violet|lilac|lavender", r"紫色?|紫罗兰色?|淡紫色?|薰衣草色?", "purple", "紫色", (120, 74, 170)),
    Colour(r"brown|chocolate", r"棕色|褐色|咖啡色|巧克力色", "brown", "棕色", (120, 78, 48)),
    Colour(r"beige|cream|ivory", r"米色|米白色?|奶油色|象牙白?", "cream", "米色", (232, 220, 192), hue=False),
    Colour(r"gr[ae]y|silver", r"灰色?|银色", "grey", "灰色", (128, 128, 126), hue=False),
    Colour(r"white", r"白色?", "white", "白色", (247, 246, 242), hue=False),
    Colour(r"black", r"黑色?", "black", "黑色", (22, 22, 22), hue=False),
)
