"""What tells an order's items apart besides their names: colours, sizes, which is cheaper.

Words of all languages are brought to one: "la azul" and "蓝色陶瓷杯" are both `blue`.
"""

from __future__ import annotations

import re
from typing import Final

from bot.understanding.han import simplified

_COLOURS: Final = {
    "black": "black|黑色?|schwarz\\w*|negr[oa]s?|noire?s?|pret[oa]s?|ner[oaie]|ч[её]рн\\w+"
    "|黒い?|검은|검정\\w*|أسود|سوداء",
    "white": "white|白色?|wei(?:ß|ss)\\w*|blanc[oa]s?|blanch?e?s?|branc[oa]s?|bianc(?:o|a|hi|he)"
    "|бел\\w+|白い|흰\\w*|하얀\\w*|أبيض|بيضاء",
    "red": "red|红色?|rote?[rsnm]?|roj[oa]s?|rouges?|vermelh[oa]s?|ross[oaie]|красн\\w+|赤い?"
    "|빨간\\w*|أحمر|حمراء",
    "blue": "blue|蓝色?|blaue?[rsnm]?|azul(?:es)?|bleue?s?|azuis|blu|син\\w+|голуб\\w+|青い?"
    "|파란\\w*|أزرق|زرقاء",
    "green": "green|绿色?|gr(?:ü|ue)ne?[rsnm]?|verdes?|verte?s?|verd[ei]|зел[её]н\\w+|緑"
    "|초록\\w*|녹색|أخضر|خضراء",
    "yellow": "yellow|黄色?|gelbe?[rsnm]?|amarill[oa]s?|jaunes?|amarel[oa]s?|giall[oaie]"
    "|ж[её]лт\\w+|노란\\w*|أصفر|صفراء",
    "pink": "pink|粉(?:红)?色|rosa|розов\\w+|ピンク|분홍\\w*|핑크|وردي\\w*",
    "grey": "gr[ea]y|灰色?|graue?[rsnm]?|gris(?:es)?|grise?s?|cinzas?|grigi[oae]?"
    "|сер(?:ый|ая|ое|ые)|グレー|회색|رمادي\\w*",
    "brown": "brown|棕色|褐色|咖啡色|braune?[rsnm]?|marr[oó]n(?:es)?|marrons?|castanh[oa]s?"
    "|marroni?|коричнев\\w+|茶色|갈색|بني\\w*",
    "purple": "purple|violet|紫色?|lila|violette?s?|morad[oa]s?|rox[oa]s?|viola|фиолетов\\w+"
    "|보라\\w*|بنفسجي\\w*",
    "silver": "silver|银色?|silbern\\w*|platead[oa]s?|argent[ée]?e?s?|prata|argento"
    "|серебр\\w+|銀色",
    "gold": "gold(?:en)?|金色|goldene?[rsnm]?|dorad[oa]s?|dor[ée]e?s?|dourad[oa]s?|d'oro|золот\\w+",
    "beige": "beige|米色|米白色?|бежев\\w+|ベージュ|베이지|بيج",
    "orange": "橙色|橘色|naranjas?|laranjas?|arancione|оранжев\\w+|オレンジ|주황\\w*|برتقالي\\w*",
}
_COLOUR = {
    name: re.compile(
        "|".join(
            piece
            if re.match("[\u3040-\u9fff\uac00-\ud7a3]", piece)
            else rf"(?<!\w)(?:ال)?{piece}(?!\w)"
            for piece in re.sub(r"\(\?:[^()]*\)", lambda m: m[0].replace("|", "\0"), words).split(
                "|"
            )
        ).replace("\0", "|"),
        re.IGNORECASE,
    )
    for name, words in _COLOURS.items()
}
_SIZE = re.compile(
    r"(?<![A-Za-z0-9])(?:size|talla|taille|tamanho|taglia|gr(?:ö|oe)(?:ß|ss)e|размер|サイズ|尺码|码数)"
    r" ?(?P<named>\d{1,3}(?:\.5)?|X{0,3}[SML]|[2-5]XL)(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9.])(?P<marked>\d{2,3}(?:\.5)?|X{0,3}[SML]|[2-5]XL) ?(?:码|号(?!码|楼|线|前))"
    # A letter by itself only in capitals and behind "in": "the one in M", "den Pullover in L"
    r"|(?<![A-Za-z0-9'])(?:in|en|im|em|taglia) (?:an? )?(?P<worn>(?-i:X{0,3}[SML]|[2-5]XL))"
    r"(?![A-Za-z0-9'&])"
    r"|(?<![A-Za-z0-9'])(?P<bare>X{1,3}[SL]|[2-5]XL)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CHEAP: Final = (
    r"the (?:cheap(?:er|est)|least expensive)|便宜(?:的|那|[些点]的)"
    r"|(?:das|die|der|den) (?:billiger|billigste|g[uü]nstiger|g[uü]nstigste)\w*"
    r"|(?:el|la) más barat[oa]|l[ea] moins ch(?:er|ère)|[oa] mais barat[oa]"
    r"|(?:il|la|quello|quella) (?:meno car|più economic)[oa]"
    r"|(?:тот|та) (?:что )?(?:по)?дешевле|安い(?:方|ほう|の)|더 ?싼 ?(?:거|것)|الأرخص"
)
_DEAR: Final = (
    r"the (?:more expensive|most expensive|pricier|priciest)|贵(?:的|那|[些点]的)"
    r"|(?:das|die|der|den) (?:teurer|teuerste)\w*|(?:el|la) más car[oa]|l[ea] plus ch(?:er|ère)"
    r"|[oa] mais car[oa]|(?:il|la|quello|quella) più car[oa]|(?:тот|та) (?:что )?(?:по)?дороже"
    r"|高い(?:方|ほう|の)|더 ?비싼 ?(?:거|것)|الأغلى"
)
_CHEAPER = re.compile(_CHEAP, re.IGNORECASE)
_DEARER = re.compile(_DEAR, re.IGNORECASE)


def colours(text: str) -> frozenset[str]:
    """Colours named in a text, by their English names."""
    text = simplified(text)
    return frozenset(name for name, pattern in _COLOUR.items() if pattern.search(text))


def sizes(text: str) -> frozenset[str]:
    """Sizes named as such: "size 42", "L码", "XL", "the one in M"."""
    found = _SIZE.finditer(simplified(text))
    return frozenset(
        (match["named"] or match["marked"] or match["worn"] or match["bare"]).upper()
        for match in found
    )


def price_wanted(text: str) -> int:
    """−1 for "the cheaper one", 1 for the dearer, 0 where neither or both are named. That it is
    cheaper elsewhere names nothing."""
    text = simplified(text)
    return bool(_DEARER.search(text)) - bool(_CHEAPER.search(text))
