"""What the sign-in pages say, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "lang": "en",
    "title": "Sign in",
    "for": "to go on to {client}",
    "email": "E-mail",
    "password": "Password",
    "sign_in": "Sign in",
    "wrong": "E-mail or password is wrong, or there were too many attempts. Try again in a while.",
    "code_title": "Second factor",
    "code": "Six digits of your app, or a recovery code",
    "confirm": "Confirm",
    "code_wrong": "The code does not fit, or was used before. Wait for the next one.",
    "over": "This took too long. Sign in again.",
    "consent_title": "Allow access?",
    "consent": "{client} wants to act for {email} with these rights:",
    "allow": "Allow",
    "deny": "Deny",
    "error_title": "This cannot go on",
    "error": "The application that sent you here made a mistake. Nothing was passed on to it.",
    "factor_title": "Set up a second factor",
    "factor_about": "Sign in to begin.",
    "factor_in_use": "You have a second factor already. An administrator can take it away.",
    "factor_scan": "Enter this key in your app, or open the link on the device that has the app:",
    "factor_link": "Open in the app",
    "factor_code": "The six digits that the app shows",
    "factor_done": "From now on you are asked for a code. Keep these, each counts once in place of the app:",
    "set_title": "Set your password",
    "new_password": "New password, at least 12 characters",
    "repeat": "Once more",
    "set": "Set password",
    "differs": "The two are not the same.",
    "refused": "This password {reason}. Choose another one.",
    "link_refused": "This link has been used, or is too old. Ask your administrator for a new one.",
    "done_title": "Done",
    "done": "Your password is set. You may close this page and sign in.",
}
GERMAN: Mapping[str, str] = {
    "lang": "de",
    "title": "Anmelden",
    "for": "um zu {client} zu gelangen",
    "email": "E-Mail",
    "password": "Passwort",
    "sign_in": "Anmelden",
    "wrong": "E-Mail oder Passwort ist falsch, oder es waren zu viele Versuche. Bitte später erneut.",
    "code_title": "Zweiter Faktor",
    "code": "Sechs Ziffern Ihrer App oder ein Wiederherstellungscode",
    "confirm": "Bestätigen",
    "code_wrong": "Der Code passt nicht oder wurde schon benutzt. Warten Sie auf den nächsten.",
    "over": "Das hat zu lange gedauert. Melden Sie sich erneut an.",
    "consent_title": "Zugriff erlauben?",
    "consent": "{client} möchte für {email} mit diesen Rechten handeln:",
    "allow": "Erlauben",
    "deny": "Ablehnen",
    "error_title": "Hier geht es nicht weiter",
    "error": "Die Anwendung, von der Sie kommen, hat einen Fehler gemacht. Ihr wurde nichts übermittelt.",
    "factor_title": "Zweiten Faktor einrichten",
    "factor_about": "Melden Sie sich zuerst an.",
    "factor_in_use": "Sie haben schon einen zweiten Faktor. Ihre Verwaltung kann ihn entfernen.",
    "factor_scan": "Geben Sie diesen Schlüssel in Ihre App ein, oder öffnen Sie den Link auf deren Gerät:",
    "factor_link": "In der App öffnen",
    "factor_code": "Die sechs Ziffern, die die App zeigt",
    "factor_done": "Ab jetzt werden Sie nach einem Code gefragt. Bewahren Sie diese auf, jeder gilt einmal:",
    "set_title": "Passwort festlegen",
    "new_password": "Neues Passwort, mindestens 12 Zeichen",
    "repeat": "Noch einmal",
    "set": "Passwort festlegen",
    "differs": "Die beiden sind nicht gleich.",
    "refused": "Dieses Passwort {reason}. Wählen Sie ein anderes.",
    "link_refused": "Dieser Link wurde benutzt oder ist zu alt. Bitten Sie Ihre Verwaltung um einen neuen.",
    "done_title": "Fertig",
    "done": "Ihr Passwort ist festgelegt. Sie können diese Seite schließen und sich anmelden.",
}
# What `PasswordRefused` says.
REASONS: Mapping[str, str] = {
    "must have 12 to 200 characters": "muss 12 bis 200 Zeichen haben",
    "is among those that are tried first": "gehört zu denen, die zuerst versucht werden",
    "repeats the same few characters": "wiederholt wenige Zeichen",
}


def texts_for(asked: str) -> Mapping[str, str]:
    """The language that comes first among those that are asked for (`ui_locales`, Accept-Language)."""
    for one in asked.replace(",", " ").split():
        language = one.partition(";")[0].partition("-")[0].lower()
        if language in ("de", "en"):
            return GERMAN if language == "de" else ENGLISH
    return ENGLISH


def reason(words: str, texts: Mapping[str, str]) -> str:
    return REASONS[words] if texts is GERMAN else words
