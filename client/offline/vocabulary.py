"""What the offline engine understands: the words for each effect, in English and Chinese.

English expressions are matched as whole words in lower case (the bounds are added in `reading`); a space in them stands
for one or more spaces or hyphens. Chinese ones are matched anywhere. Where two matches overlap the longer one counts:
"black and white" is not "white", "darker corners" is not "darker".
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Effect(StrEnum):
    """Everything the engine can do, in the order in which it is done."""

    ROTATE = "rotate"
    MIRROR = "mirror"
    FLIP = "flip"
    SIDE_BY_SIDE = "side by side"
    STACK = "stack"
    BLEND = "blend"
    COLOURS_OF = "colours of"
    RECOLOUR = "recolour"
    SHARPEN = "sharpen"
    BLUR = "blur"
    BRIGHTER = "brighter"
    DARKER = "darker"
    MORE_CONTRAST = "more contrast"
    LESS_CONTRAST = "less contrast"
    VIVID = "vivid"
    MUTED = "muted"
    OIL = "oil painting"
    WATERCOLOUR = "watercolour"
    CARTOON = "cartoon"
    PENCIL = "pencil sketch"
    LINE_ART = "line art"
    INVERT = "invert"
    BLACK_AND_WHITE = "black and white"
    SEPIA = "sepia"
    EVENING = "evening light"
    WARMER = "warmer"
    COOLER = "cooler"
    TINT = "tint"
    PIXELATE = "pixelate"
    VIGNETTE = "vignette"
    FRAME = "frame"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Words:
    """The words that name one effect; `thing` is true for nouns, as in "without a frame and vignette"."""

    effect: Effect
    english: str
    chinese: str
    thing: bool = False


_GIVE_MORE = r"(?:more|higher|stronger|increased?|increase the|boost(?: the)?|raise(?: the)?|extra|add(?: some)?)"
_GIVE_LESS = r"(?:less|lower|reduced?|reduce the|decrease(?: the)?|lower the|not so much)"

WORDS: Final = (
    Words(
        Effect.BLACK_AND_WHITE,
        r"black(?: and | ?& ?| n )white|b ?& ?w|b/w|monochrom(?:e|atic)|gr[ae]y ?scale|desaturated?|noir"
        r"|(?:without|no) colou?rs?|colou?rless|remove (?:all )?(?:the )?colou?rs?",
        r"黑白|灰度|单色|去色|去掉颜色|去除颜色|不要颜色|没有颜色|无色彩",
    ),
    Words(
        Effect.SEPIA,
        r"sepia(?: ton(?:e|es|ed|ing))?|vintage|retro|antique|nostalgic|old time|old photo(?:graph)?",
        r"棕褐色调?|深褐色调?|褐色调|怀旧|复古|老照片|旧照片|泛黄",
    ),
    Words(
        Effect.PENCIL,
        r"pencil(?: (?:sketch|drawing|style))?|sketch(?:ed|y)?|charcoal(?: (?:sketch|drawing))?|graphite|hand drawn",
        r"铅笔(?:素描|画|草图|稿)?|素描|速写|炭笔画?|手绘",
    ),
    Words(
        Effect.LINE_ART,
        r"line ?(?:art|drawing|work)|outlines?(?: drawing)?|contours?|ink drawing|colou?ring (?:page|book)",
        r"线稿|线描|线条画|线条稿|线条艺术|简笔画|轮廓图?|勾线|白描",
    ),
    Words(
        Effect.CARTOON,
        r"cartoon(?:s|ish|i[sz]ed?)?(?: style)?|comics?(?: (?:book|strip|style))*|anime|manga|toon|cel shad(?:ed|ing)",
        r"卡通|漫画|动漫|动画|二次元",
    ),
    Words(
        Effect.OIL,
        r"oil ?paint(?:ing|ed)?(?: style)?|oil on canvas|in oils?|impressionis(?:m|t|tic)|van gogh|monet|painterly"
        r"|(?:a|as|like a) painting|painted",
        r"油画|印象派|梵高|莫奈",
    ),
    Words(Effect.WATERCOLOUR, r"water ?colou?rs?(?: painting)?|aquarelle", r"水彩画?|水粉画?"),
    Words(
        Effect.BLUR,
        r"(?:gaussian )?blur(?:s|red|ry|ring|rier)?|out of focus|defocus(?:ed)?|soft focus|soften(?:ed)?|bokeh",
        r"模糊|虚化|柔焦|失焦|朦胧",
        thing=True,
    ),
    Words(
        Effect.SHARPEN,
        r"sharp(?:er|en|ened|ening)|(?:make|turn) it sharp|crisp(?:er)?|clearer|more details?|more detailed"
        r"|enhance (?:the )?details?|de ?blur(?:red|ring)?|unblur(?:red)?|less blurr?(?:y|ed)?"
        r"|(?:remove|reduce|fix) (?:the |all |any )?blur(?:riness)?",
        r"锐化|更?锐利|更清晰|变清晰|清晰一些|清晰一点|清晰化|清楚一些|增强细节|提高清晰度"
        r"|去模糊|(?:消除|去除|去掉|减少)模糊",
    ),
    Words(
        Effect.BRIGHTER,
        r"bright(?:er|en|ened|ening)|lighten(?:ed)?|lighter|more light|less dark|too dark|under ?exposed"
        rf"|(?:make|turn) (?:it|this|everything|the (?:picture|photo|image)) bright"
        rf"|{_GIVE_MORE} (?:brightness|exposure)",
        r"变亮|更亮|亮一些|亮一点|亮些|提亮|调亮|加亮|明亮|太暗|(?:提高|增加|增强|加大)亮度|亮度(?:提高|增加|高一点)",
    ),
    Words(
        Effect.DARKER,
        rf"dark(?:er|en|ened|ening)|dim(?:mer|med)?|less (?:bright|light)|too bright|over ?exposed|low key"
        rf"|(?:make|turn) (?:it|this|everything|the (?:picture|photo|image)) dark|{_GIVE_LESS} (?:brightness|exposure)",
        r"变暗|更暗|暗一些|暗一点|暗些|调暗|压暗|昏暗|太亮|(?:降低|减少|减弱)亮度|亮度(?:降低|减少|低一点)",
    ),
    Words(
        Effect.WARMER,
        r"warm(?:er|th|ed|ing)?|(?:more )?golden (?:light|tones?|glow)|more (?:yellow|orange|golden)",
        r"暖色调?|暖调|更暖|变暖|偏暖|暖一些|暖一点|温暖|暖光|暖黄|暖",
    ),
    Words(
        Effect.COOLER,
        r"cooler|colder|bluish|icy|more blue"
        r"|(?:cool|cold) (?:tones?|colou?rs?|light|look|mood|temperature|white balance)",
        r"冷色调?|冷调|更冷|变冷|偏冷|冷一些|冷一点|清冷|冷光",
    ),
    Words(
        Effect.EVENING,
        r"(?:warm )?(?:evening|sunset|late afternoon)(?: (?:light|sun|sky|glow|mood))?"
        r"|golden hour|dusk|twilight|sunrise",
        r"黄昏|日落|夕阳|傍晚|晚霞|暮色|落日|余晖|黄金时刻|日出|朝霞",
    ),
    Words(
        Effect.MORE_CONTRAST,
        rf"{_GIVE_MORE} contrast|(?:high|strong|better) contrast|contrast|contrasty|punch(?:y|ier)|dramatic",
        r"(?:提高|增加|增强|加强|加大|拉高|更高的?|更强的?|高|强)?(?:对比度?|反差)(?:更高|更强|增强|提高|加强)?",
        thing=True,
    ),
    Words(
        Effect.LESS_CONTRAST,
        rf"{_GIVE_LESS} contrast|(?:low|softer) contrast|matte|faded?",
        r"(?:降低|减少|减弱|更低的?|低)(?:对比度?|反差)|(?:对比度?|反差)(?:降低|减弱|更低)|褪色",
    ),
    Words(
        Effect.VIVID,
        rf"vivid|vibrant|colou?rful|saturated|more saturated|saturate|{_GIVE_MORE} (?:saturation|colou?rs?)",
        r"鲜艳|艳丽|(?:提高|增加|增强)饱和度|更饱和|饱和度(?:更高|提高|增加)",
    ),
    Words(
        Effect.MUTED,
        rf"muted|pastel|less (?:saturated|colou?rful|vivid)|{_GIVE_LESS} (?:saturation|colou?rs?)",
        r"淡雅|(?:降低|减少|减弱)饱和度|饱和度(?:降低|减少|更低)",
    ),
    Words(
        Effect.INVERT,
        r"invert(?:ed|ing)?(?: (?:the )?colou?rs?)?|inverse colou?rs?|negative (?:image|film|photo)|(?:a|as) negative"
        r"|(?:photo(?:graphic)?|film|colou?r) negative",
        r"反色|反相|负片|底片|颜色反转|反转(?:颜色|色彩)?|色彩反转",
    ),
    Words(
        Effect.MIRROR,
        r"mirror(?:ed|ing)?(?: image)?|flip(?:ped)? (?:it |the (?:picture|photo|image) )?"
        r"(?:horizontally|left to right|left right|sideways)|horizontal(?:ly)? flip(?:ped)?|swap left and right",
        r"镜像|(?:水平|左右|横向)(?:方向)?(?:翻转|颠倒|对调|互换|反转)|左右镜像",
    ),
    Words(
        Effect.FLIP,
        r"flip(?:ped|ping)?(?: (?:it |the (?:picture|photo|image) )?(?:vertically|top to bottom|upside down))?"
        r"|vertical(?:ly)? flip(?:ped)?",
        r"(?:垂直|上下|竖直|纵向)(?:方向)?(?:翻转|颠倒|对调|互换|反转)|翻转",
    ),
    Words(
        Effect.PIXELATE,
        r"pixel(?:ate|ated|ation|i[sz]ed?)|pixel ?art|mosaic|8 ?bit",
        r"像素(?:化|画|风格?|艺术)|马赛克",
        thing=True,
    ),
    Words(
        Effect.VIGNETTE,
        r"vignett(?:e|es|ed|ing)|dark(?:er|en|ened)? (?:the )?(?:corners?|edges?|borders?)"
        r"|(?:corners?|edges?) (?:darker|darkened|dark)",
        r"暗角|晕影|(?:四角|四周|边角|边缘)(?:压暗|变暗|暗一些|暗一点|加暗)|压暗(?:四角|四周|边角|边缘)",
        thing=True,
    ),
    Words(
        Effect.FRAME,
        r"(?:picture |photo )?fram(?:e|es|ed)|borders?|passe partout|polaroid",
        r"边框|相框|画框|外框|镶框|加框|裱框|白边|黑边|拍立得",
        thing=True,
    ),
    Words(
        Effect.SIDE_BY_SIDE,
        r"side by side|next to (?:each other|one another)|beside each other|collage|diptych|triptych|in (?:a|one) row"
        r"|stitch(?:ed)?(?: together)?|split screen|before (?:and )?after",
        r"并排|并列|左右拼接|拼接|拼图|拼在一起|放在一起|对比图|排成一排|左右排列",
    ),
    Words(
        Effect.STACK,
        r"one (?:above|below|on top of|over) (?:the other|another)|above each other|stack(?:ed)?(?: vertically)?",
        r"上下拼接|上下并排|上下排列|竖着拼",
    ),
    Words(
        Effect.BLEND,
        r"blend(?:ed|ing)?|mix(?:ed)?|double exposure|overlay(?:ed)?|overlaid|superimposed?|merged?|fus(?:e|ed|ion)"
        r"|combined?",
        r"混合|融合|叠加|双重曝光|合成|合并|重叠|叠印",
    ),
)

ASIDES: Final = (
    # A drawing that the picture is to be made from.
    r"(?:from|follow(?:ing)?|colou?r|fill|based on|consistent with|match(?:ing)?|according to|turn|convert|make)"
    r" (?:the |this |a |an |my )?(?:rough |simple )?(?:line ?(?:art|drawing|work)|(?:pencil )?(?:sketch|drawing)"
    r"|outlines?|contours?|cartoon|painting)"
    # Things with such a name.
    r"|(?:in|into|at|on|above|of) (?:the|a) mirrors?|(?:bathroom|hand|rear view) mirrors?|border (?:collie|terrier)s?"
    r"|(?:door|window|bed|bike|bicycle|time|glasses) frames?|(?:picture|photo) frames? on"
    r"|frames? of (?:the |her |his |my )?(?:door|window|glasses|bike|bicycle)"
    r"|(?:in|by) contrast|warm (?:clothes|coat|jacket|sweater|hat|smile)"
    r"|(?:vintage|retro|antique) (?:car|dress|camera|clothes|furniture|shop|phone|radio)s?"
)
"""English expressions that hold a word of the vocabulary and do not ask for the effect."""

ASIDES_ZH: Final = (
    r"(?:根据|按照|按|依据|基于|参考|把|将|给|为)(?:这张|这个|图\s*\d\s*的?)?(?:线稿|草图|素描|轮廓图|漫画|油画)"
    r"|照镜子|镜子|黑白分明|温暖的(?:笑容|衣服)"
)
