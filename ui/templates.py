"""Task templates: what people often want, in both languages, with the number of pictures each needs."""

from dataclasses import dataclass
from typing import Final

from ui.text import Language, say


@dataclass(frozen=True, slots=True)
class Template:
    """A task: its name and its prompt in each language, and how many pictures the prompt names."""

    key: str
    pictures: int
    names: tuple[str, str]
    prompts: tuple[str, str]

    def name(self, language: str) -> str:
        """Give the name with the number of pictures, as the menu shows it."""
        key = "template.one" if self.pictures == 1 else "template.many"
        return say(language, key, name=self.names[_column(language)], count=self.pictures)

    def prompt(self, language: str) -> str:
        """Give the prompt, to be changed by the person."""
        return self.prompts[_column(language)]


def _column(language: str) -> int:
    return list(Language).index(Language(language))


TEMPLATES: Final = (
    Template(
        "background",
        1,
        ("Replace the background", "更换背景"),
        (
            "Replace the background of Image 1 with a sunny beach. Keep the subject and its light as they are.",
            "把图1的背景换成阳光海滩，主体、边缘和光线保持不变。",
        ),
    ),
    Template(
        "remove",
        1,
        ("Remove an object", "移除物体"),
        (
            "Remove the person on the left from Image 1 and fill the place with the surroundings. Change nothing else.",
            "移除图1左侧的人物，用周围环境补全，其他部分不变。",
        ),
    ),
    Template(
        "recolour",
        1,
        ("Change a colour", "更换颜色"),
        (
            "Recolour the jacket in Image 1 in deep teal. Keep its folds, its material and everything else.",
            "把图1中的外套换成深青色，保留褶皱、材质和其他一切。",
        ),
    ),
    Template(
        "restyle",
        1,
        ("Change the style", "转换风格"),
        (
            "Turn Image 1 into an oil painting with visible brush strokes. Keep the composition.",
            "把图1变成笔触明显的油画，保持构图不变。",
        ),
    ),
    Template(
        "caption",
        1,
        ("Add text", "添加文字"),
        (
            'Add a caption that says "Open today" to Image 1, in a clear typeface that suits the picture.',
            "在图1上添加文字“今日营业”，字体清晰，与画面协调。",
        ),
    ),
    Template(
        "pose",
        1,
        ("Change the pose", "改变姿势"),
        (
            "Let the person in Image 1 sit on a chair and look at the viewer. Keep face, hair and clothes unchanged.",
            "让图1中的人坐在椅子上看向镜头，面部、发型和服装保持不变。",
        ),
    ),
    Template(
        "depth",
        1,
        ("Picture from a depth map", "根据深度图生成"),
        (
            "Make a photograph from the depth map in Image 1: a rusty red bicycle on a muddy path in a forest.",
            "根据图1的深度图生成照片：泥泞小路上一辆生锈的红色自行车，背景是古老的森林。",
        ),
    ),
    Template(
        "lines",
        1,
        ("Picture from line art", "根据线稿生成"),
        (
            "Colour the line art in Image 1 as an illustration in soft daylight. Keep every line in its place.",
            "为图1的线稿上色，做成柔和日光下的完整插画，所有线条位置不变。",
        ),
    ),
    Template(
        "clothes",
        2,
        ("Try on clothes", "试穿服装"),
        (
            "Dress the person in Image 1 in the clothes from Image 2. Keep face, hair, pose and background unchanged.",
            "让图1中的人穿上图2中的服装，面部、发型、姿势和背景保持不变。",
        ),
    ),
    Template(
        "place",
        2,
        ("Put a product in a scene", "商品置入场景"),
        (
            "Put the product from Image 1 into the scene of Image 2, with matching light, shadow and scale.",
            "把图1中的商品放入图2的场景，光线、阴影和比例保持一致。",
        ),
    ),
    Template(
        "colours",
        2,
        ("Borrow the colours", "借用色调"),
        ("Show Image 1 in the colours of Image 2. Keep its shapes.", "用图2的色调呈现图1，保持形状不变。"),
    ),
    Template(
        "people",
        2,
        ("Bring people together", "人物合影"),
        (
            "Let the people in Image 1 and Image 2 stand side by side in a park. Keep both faces unchanged.",
            "让图1和图2中的人并肩站在公园里，两人的面部保持不变。",
        ),
    ),
    Template(
        "outfit",
        3,
        ("Clothes and pose", "服装与姿势"),
        (
            "Let the girl in Image 1 wear the dress from Image 2 and sit in the pose of Image 3. Keep hair and face.",
            "让图1中的女孩穿上图2的裙子，摆出图3的坐姿，发型和面部不变。",
        ),
    ),
)
