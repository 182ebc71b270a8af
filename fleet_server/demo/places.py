"""Invented places and staff of the demo: names that sound right and belong to nobody."""

from random import Random

COUNTY = ("云溪县", "Yunxi County")
BUREAU = ("云溪县教育局", "Yunxi County Education Bureau")
OFFICE = ("云溪县教育局信息中心", "Yunxi County Education Bureau, IT Office")
CONSORTIUM = ("云溪教共体", "Yunxi School Consortium")

CITY_SCHOOLS = (
    ("云溪一中", "Yunxi No. 1 Middle School", "lower_secondary"),
    ("城关实验小学", "Chengguan Experimental Primary School", "primary"),
    ("云溪实验中学", "Yunxi Experimental Middle School", "lower_secondary"),
    ("云溪师范附属小学", "Yunxi Normal Attached Primary School", "primary"),
    ("东门小学", "Dongmen Primary School", "primary"),
    ("南湖小学", "Nanhu Primary School", "primary"),
    ("云溪三中", "Yunxi No. 3 Middle School", "lower_secondary"),
    ("北关小学", "Beiguan Primary School", "primary"),
    ("西园小学", "Xiyuan Primary School", "primary"),
    ("云溪五中", "Yunxi No. 5 Middle School", "lower_secondary"),
    ("文昌小学", "Wenchang Primary School", "primary"),
    ("新城小学", "Xincheng Primary School", "primary"),
    ("云溪七中", "Yunxi No. 7 Middle School", "lower_secondary"),
    ("桃园小学", "Taoyuan Primary School", "primary"),
    ("云溪外国语学校", "Yunxi Foreign Languages School", "lower_secondary"),
    ("滨河小学", "Binhe Primary School", "primary"),
)
TOWNS = (
    ("石桥", "Shiqiao"), ("青岭", "Qingling"), ("河口", "Hekou"), ("双河", "Shuanghe"), ("龙潭", "Longtan"),
    ("竹溪", "Zhuxi"), ("大坪", "Daping"), ("沙湾", "Shawan"), ("金坑", "Jinkeng"), ("梅林", "Meilin"),
    ("官渡", "Guandu"), ("茶园", "Chayuan"), ("长岭", "Changling"), ("马鞍", "Ma'an"), ("清水", "Qingshui"),
    ("平湖", "Pinghu"), ("高桥", "Gaoqiao"), ("三江", "Sanjiang"), ("枫树", "Fengshu"), ("黄土", "Huangtu"),
)  # fmt: skip
VILLAGES = (
    ("白鹭", "Bailu"), ("柳湾", "Liuwan"), ("松坪", "Songping"), ("杏花", "Xinghua"), ("上坝", "Shangba"),
    ("泉水", "Quanshui"), ("桐子", "Tongzi"), ("鹰嘴", "Yingzui"), ("石磨", "Shimo"), ("红岩", "Hongyan"),
    ("荷塘", "Hetang"), ("稻香", "Daoxiang"), ("樟木", "Zhangmu"), ("月亮湾", "Yueliangwan"), ("老鹰岩", "Laoyingyan"),
    ("下洲", "Xiazhou"), ("青杠", "Qinggang"), ("麦田", "Maitian"), ("油坊", "Youfang"), ("银杏", "Yinxing"),
    ("水碾", "Shuinian"), ("斑竹", "Banzhu"), ("观音", "Guanyin"), ("木鱼", "Muyu"), ("棉花", "Mianhua"),
    ("新民", "Xinmin"), ("幸福", "Xingfu"), ("云顶", "Yunding"), ("响水", "Xiangshui"), ("五里", "Wuli"),
)  # fmt: skip

SURNAMES = (
    ("周", "Zhou"), ("罗", "Luo"), ("沈", "Shen"), ("韩", "Han"), ("唐", "Tang"), ("许", "Xu"), ("邓", "Deng"),
    ("冯", "Feng"), ("曹", "Cao"), ("彭", "Peng"), ("曾", "Zeng"), ("肖", "Xiao"), ("田", "Tian"), ("董", "Dong"),
    ("潘", "Pan"), ("蒋", "Jiang"), ("蔡", "Cai"), ("余", "Yu"), ("杜", "Du"), ("叶", "Ye"), ("程", "Cheng"),
    ("苏", "Su"), ("魏", "Wei"), ("吕", "Lü"), ("丁", "Ding"), ("任", "Ren"), ("姚", "Yao"), ("卢", "Lu"),
)  # fmt: skip
GIVEN = (
    ("明远", "Mingyuan"), ("静怡", "Jingyi"), ("文舟", "Wenzhou"), ("晓岚", "Xiaolan"), ("志衡", "Zhiheng"),
    ("若溪", "Ruoxi"), ("建川", "Jianchuan"), ("雨桐", "Yutong"), ("思齐", "Siqi"), ("海宁", "Haining"),
    ("书涵", "Shuhan"), ("家树", "Jiashu"), ("慧敏", "Huimin"), ("承志", "Chengzhi"), ("月华", "Yuehua"),
    ("子墨", "Zimo"), ("春霞", "Chunxia"), ("立新", "Lixin"), ("佳禾", "Jiahe"), ("永康", "Yongkang"),
)  # fmt: skip

SUBJECTS = ("语文", "数学", "英语", "科学", "美术", "音乐", "道德与法治", "信息科技")
JOINT_SUBJECTS = ("美术", "音乐", "英语", "科学")
PRINT_PURPOSES = (
    "机械臂零件",
    "桥梁结构模型",
    "地形沙盘",
    "齿轮组",
    "校运会奖牌",
    "分子模型",
    "古建筑斗拱",
    "笔筒设计课",
)
CLASSES = ("一", "二", "三", "四", "五", "六")


def town_school(number: int) -> tuple[str, str, str]:
    """Return a town school's names and stage."""
    zh, en = TOWNS[number % len(TOWNS)]
    if number % 4 == 2:
        return f"{zh}镇中学", f"{en} Town Middle School", "lower_secondary"
    return f"{zh}镇中心小学", f"{en} Town Central Primary School", "primary"


def village_school(number: int) -> tuple[str, str, str]:
    """Return a village school's names and stage."""
    zh, en = VILLAGES[number % len(VILLAGES)]
    return f"{zh}村小学", f"{en} Village Primary School", "primary"


def staff_name(rng: Random) -> tuple[str, str]:
    """Return an invented person's name in both scripts."""
    (surname_zh, surname_en), (given_zh, given_en) = rng.choice(SURNAMES), rng.choice(GIVEN)
    return surname_zh + given_zh, f"{surname_en} {given_en}"
