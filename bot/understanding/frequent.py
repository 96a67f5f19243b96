"""Words people use all the time, by language: what tells languages of the Latin script apart when a
message is too short for a model, and typed words from struck keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FREQUENT: Final[Mapping[str, frozenset[str]]] = {
    "en": _words(
        """the i my is to a it want where and of for you please was have not this that what how
        can when with refund order are on in me hello hi thanks but no yes do don't i'd i'm it's
        would like return if or your they them has had will be been got get need still just never
        arrived parcel package wrong size broken back money which one there here why does did
        two twice missing hasn't didn't can't doesn't wasn't where's what's english"""
    ),
    "es": _words(
        """el la los las de que y quiero mi pedido es un una por para donde dónde está no con hola
        gracias reembolso devolver cuándo cuando mis se ha me necesito favor lo le sí si pero como
        cómo qué tengo puedo quisiera dinero paquete llegado llegó roto talla nada falta al del
        buenas buenos días tardes todavía aún otro otra esto este esta cambiar compra factura
        cancelar envío"""
    ),
    "de": _words(
        """der die das ich möchte mein meine und ist nicht bitte wo ein eine bestellung mit für
        auf hallo danke wann zurück rückerstattung erstattung paket habe wie es zu von im den dem
        kann kein keine noch nichts sie wir war hat haben wurde ja nein geld lieferung rechnung
        falsche falsch kaputt größe guten tag wieder doch aber warum sehr schon angekommen
        stornieren deutsch"""
    ),
    "fr": _words(
        """le la les je ma mon et est un une pour où bonjour merci commande remboursement voudrais
        veux colis pas de du des mes que j'ai quand avec s'il vous plaît c'est il elle ce cette ne
        au aux sur dans mais oui non suis reçu rien taille cassé toujours encore mauvaise mauvais
        livraison article facture pourquoi comment annuler changer d'une d'un l'ai n'ai est-ce"""
    ),
    "pt": _words(
        """o os as um uma de do da dos das que e meu minha quero não nao com por para onde está
        pedido encomenda reembolso devolver produto obrigado obrigada olá oi bom dia boa tarde
        noite você voce foi fui chegou recebi ainda nada preciso quando quanto tempo em no na meus
        mas sim posso trocar cancelar compra peça cor tamanho errado quebrado dinheiro isso este
        entrega gostaria duas"""
    ),
    "it": _words(
        """il lo la gli le di che e è mio mia voglio vorrei non con per dove pacco ordine rimborso
        restituire ciao buongiorno buonasera grazie un una del della dei ho ha sono arrivato rotto
        taglia sbagliata sbagliato niente quando quanto ancora posso cambiare annullare soldi
        manca pezzo dov'è mi si ma perché questo questa quello come fattura colore nel al ricevuto
        consegna favore"""
    ),
}
"""By locale; small letters, with accents and apostrophes as they are written."""

LETTERS: Final[Mapping[str, str]] = {
    "es": "ñ¿¡",
    "de": "ßäöü",
    "fr": "çœêèàùî",
    "pt": "ãõç",
    "it": "ìò",
}
"""Letters that hint at a language."""

TYPICAL: Final[frozenset[str]] = frozenset().union(*FREQUENT.values())
