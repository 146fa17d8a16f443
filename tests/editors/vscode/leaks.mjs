// What goes to and from a page, searched for a word that must not be in it.

/**
 * `watch` takes a page that has not loaded anything yet; `found()` are the places of the secret so far, and `seen(word)`
 * tells whether a word that must have gone through was there, without which nothing found proves nothing.
 */
export function watchFor(secret) {
  const places = new Set();
  const words = new Set();
  const expected = [secret, Buffer.from(secret).toString("base64").replace(/=+$/, ""), encodeURIComponent(secret)];

  function look(place, text) {
    const whole = typeof text === "string" ? text : text.toString("latin1");
    expected.filter((form) => whole.includes(form)).forEach(() => places.add(place));
    for (const [word] of whole.matchAll(/\*[\w-]+\*/g)) words.add(word);
  }

  return {
    look,
    found: () => [...places],
    seen: (word) => words.has(word),
    watch(page) {
      page.on("request", (request) => {
        look(`request ${request.method()}`, request.url());
        look(`body of a request`, request.postData() ?? "");
      });
      page.on("console", (message) => look("console", message.text()));
      page.on("websocket", (socket) => {
        look("address of a socket", socket.url());
        socket.on("framesent", ({ payload }) => look("sent", payload));
        socket.on("framereceived", ({ payload }) => look("received", payload));
      });
    },
  };
}
