(() => {
  let waits = false;
  const renew = async () => {
    waits = false;
    const answer = await fetch(".");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.title = page.title;
  };
  const soon = () => {
    if (!waits) {
      waits = true;
      setTimeout(() => renew().catch(() => {}), 500);
    }
  };
  new EventSource("events").onmessage = soon;
  setInterval(soon, 5000);
})();
