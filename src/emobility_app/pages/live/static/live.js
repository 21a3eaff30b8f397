// Keeps the page current: each message is the whole picture. A hidden page holds no connection.
(function () {
  "use strict";
  var live = document.getElementById("live");
  var state = document.getElementById("state");
  var source = null;

  function show(which) {
    if (state.dataset.now !== which) {
      state.dataset.now = which;
      state.textContent = state.dataset[which];
    }
  }

  function open() {
    if (source || document.hidden) return;
    source = new EventSource(live.dataset.stream);
    source.onmessage = function (event) {
      live.innerHTML = event.data;
      show("live");
    };
    source.addEventListener("unavailable", function () { show("unavailable"); });
    source.onerror = function () {
      show("lost");
      // Closed for good (the answer was no stream): try again ourselves.
      if (source && source.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, 5000);
      }
    };
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  document.addEventListener("visibilitychange", function () {
    if (document.hidden) close(); else open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
})();
