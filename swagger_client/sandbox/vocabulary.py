"""Names and sentences for made-up accounts."""

from __future__ import annotations

GIVEN_NAMES = (
    "Ada", "Bruno", "Chiara", "Dmitri", "Élodie", "Farid", "Grace", "Hiro", "Ingrid", "João",
    "Katarzyna", "Liam", "Mei", "Noor", "Oluwaseun", "Priya", "Quentin", "Rosa", "Søren", "Tomás",
    "Uma", "Viktor", "Wanjiru", "Xin", "Yara", "Zoë",
)  # fmt: skip

FAMILY_NAMES = (
    "Abara", "Bergström", "Cho", "Díaz", "Ekström", "Fischer", "Gupta", "Haddad", "Ito", "Jensen",
    "Kowalska", "Lopes", "Müller", "Nakamura", "O'Brien", "Petrov", "Quispe", "Rossi", "Schmidt",
    "Tanaka", "Ueda", "Vargas", "Wang", "Yilmaz", "Zimmermann",
)  # fmt: skip

QUEUE_NAMES = ("Support", "Sales", "Billing", "Front desk", "Returns", "Night shift")
RECEPTIONIST_NAMES = ("Main menu", "Reception", "After hours", "Clinic")

SENTENCES = (
    "Running ten minutes late, sorry.",
    "Can you send me the invoice again?",
    "The order number is {n}.",
    "Thanks, got it!",
    "Is the appointment on the {d}th still good?",
    "We close at 6 pm today.",
    "Your verification code is {n}.",
    "I left the parcel with the neighbour at no. {d}.",
    "Perfect 👍",
    "See you tomorrow 😀🎉",
    "Family trip photos 👩‍👩‍👧‍👦📷",
    "Could somebody call me back on this number?",
    "No problem at all.",
    "Did you get my last message?",
    "The total comes to ${n}.{d}.",
    "Please reply STOP if you no longer wish to hear from us.",
    "Where should I park?",
    "Unit {d} is ready for pick-up.",
    'She said "yes", then hung up; what now?',
    "Line one\nLine two\nLine three",
    "Ça marche, à demain à {d} h !",
    "Übergabe um {d} Uhr am Südtor, Straße gesperrt.",
    "¿Puedes venir a las {d}? ¡Gracias!",
    "Obrigado, até amanhã.",
    "Заказ {n} готов к выдаче.",
    "ご予約は{d}日で承りました。",
    "您的订单{n}已发货。",
    "주문 {n}번이 도착했습니다.",
    "شكرا، وصلت الرسالة.",
    "תודה, נתראה בשעה {d}.",
    "आपका धन्यवाद, मिलते हैं।",
    "https://example.com/track?id={n}&lang=en",
    "=SUM(A1:A{d}) is what the sheet said",
)

LONG_SENTENCES = (
    "Before the technician comes on the {d}th, please make sure that the cupboard under the "
    "stairs is empty and that somebody of age is at home. ",
    "I have been trying to reach you about case {n} since last week, and every time I call I am "
    "told that a colleague will ring me back. ",
    "Die Lieferung {n} verzögert sich leider um {d} Tage, wir bitten um Entschuldigung. 🚚 ",
)

FILE_STEMS = ("photo", "scan", "receipt", "Foto vom Zähler", "IMG", "請求書", "voice note", "clip")
