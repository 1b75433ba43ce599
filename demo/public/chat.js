// The conversation.

import { appendAndFollow, byId, element } from "./element.js";

const KEPT_MESSAGES = 200;

export class Chat {
  #send;
  #name;

  /** `send(text)` returns false while there is no connection. */
  constructor(send) {
    this.#send = send;
    byId("chat-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = byId("chat-text");
      if (this.#say(field.value)) field.value = "";
    });
    byId("suggestions").addEventListener("click", ({ target }) => {
      if (target instanceof HTMLButtonElement) this.#say(target.textContent);
    });
    this.#show(
      "node",
      "Node",
      "I am the process behind this page. Ask me something, or try one of the buttons below.",
    );
  }

  /** The name that the Node peer gave to this tab. */
  set name(name) {
    this.#name = name;
  }

  /** The Node peer answered. */
  onAnswer(text) {
    this.#show("node", "Node", text);
  }

  /** Some tab, perhaps this one, spoke to all. */
  onSay(from, text) {
    if (from !== this.#name) this.#show("tab", `${from}, to all`, text);
    else this.#show("tab", "You, to all", text);
  }

  #say(text) {
    if (text.trim() === "") return false;
    if (!this.#send(text)) {
      this.#show("node", "This page", "Not connected at the moment. Your text stays where it is.");
      return false;
    }
    this.#show("me", "", text);
    return true;
  }

  #show(from, who, text) {
    const item = element("li", { dataset: { from } }, text);
    if (who !== "") item.prepend(element("b", {}, who));
    else item.prepend(element("span", { className: "visually-hidden" }, "You: "));
    appendAndFollow(byId("talk"), item, KEPT_MESSAGES);
    if (from === "me") byId("talk").scrollTop = byId("talk").scrollHeight;
  }
}
