// What the widget says, in the languages of the portal.
export const WORDS = {
  en: {
    open: "Help", title: "How can we help?", close: "Close", subject: "Subject", body: "What happened?",
    email: "Your e-mail address", name: "Your name (optional)", send: "Send to a person", sending: "Sending…",
    perhaps: "Perhaps this solves it", solved: "That solved it", more: "Open in the help centre", loading: "One moment…",
    some: (n) => (n === 1 ? "One possible answer" : `${n} possible answers`), none: "No article answers that yet. A person will.",
    hint: "Possible answers appear here while you write. You can send at any moment.",
    sent: (n) => `Sent. Your request has the number ${n}. A person reads it and answers by mail.`,
    glad: "Good to know. Thank you.", again: "Write something else",
    missing: "Fill in the subject, the message and your e-mail address.", failed: "That did not work. Your text is still here; try again in a moment.",
    slow: "Too many tries in a short time. Your text is still here; wait a little and try again.",
  },
  es: {
    open: "Ayuda", title: "¿En qué podemos ayudar?", close: "Cerrar", subject: "Asunto", body: "¿Qué ha pasado?",
    email: "Su correo electrónico", name: "Su nombre (opcional)", send: "Enviar a una persona", sending: "Enviando…",
    perhaps: "Quizá esto lo resuelva", solved: "Esto lo resolvió", more: "Abrir en el centro de ayuda", loading: "Un momento…",
    some: (n) => (n === 1 ? "Una posible respuesta" : `${n} posibles respuestas`), none: "Ningún artículo lo responde todavía. Lo hará una persona.",
    hint: "Mientras escribe aparecen aquí posibles respuestas. Puede enviar en cualquier momento.",
    sent: (n) => `Enviado. Su solicitud tiene el número ${n}. La lee una persona y responde por correo.`,
    glad: "Nos alegra saberlo. Gracias.", again: "Escribir otra cosa",
    missing: "Rellene el asunto, el mensaje y su correo electrónico.", failed: "No ha funcionado. Su texto sigue aquí; inténtelo de nuevo en un momento.",
    slow: "Demasiados intentos en poco tiempo. Su texto sigue aquí; espere un poco y vuelva a intentarlo.",
  },
};
