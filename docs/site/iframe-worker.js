// What the search of the pages needs besides the theme's own scripts. The theme looks for a script of this name, and would load one from
// elsewhere if there were none.
(() => {
  // The index knows Chinese character by character (separator in mkdocs.yml). A word of several is looked for as all of its characters.
  const queryMessage = 2;
  const apart = (message) => {
    if (!message || message.type !== queryMessage || typeof message.data !== "string") return message;
    const data = message.data.replace(/\p{sc=Han}{2,}\*?/gu, (word) => ` ${[...word.replace("*", "")].map((c) => `+${c}`).join(" ")} `);
    return { ...message, data: data.trim() };
  };

  if (location.protocol !== "file:") {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) { return post.call(this, apart(message), ...rest); };
    return;
  }

  // Pages opened from disk may not start a worker, and search is one. A hidden frame takes its place.
  window.Worker = window.IFrameWorker = class extends EventTarget { // the theme looks for the second name
    constructor(url) {
      super();
      const home = new URL(url, location.href);
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.documentElement.append(frame);
      const room = frame.contentWindow, page = frame.contentDocument;
      const load = (address) => new Promise((done, failed) => {
        const script = page.createElement("script");
        script.src = new URL(address, home).href;
        script.onload = done;
        script.onerror = () => failed(new Error(`${address} cannot be loaded`));
        page.head.append(script);
      });
      room.importScripts = async (...addresses) => { for (const address of addresses) await load(address); };
      room.postMessage = (data) => {
        const message = new MessageEvent("message", { data });
        this.dispatchEvent(message);
        if (this.onmessage) this.onmessage(message);
      };
      this.room = room;
      this.ready = load(home.href);
    }
    postMessage(data) {
      this.ready.then(() => this.room.dispatchEvent(new MessageEvent("message", { data: apart(data) })));
    }
    terminate() { this.room.frameElement.remove(); }
  };
})();
