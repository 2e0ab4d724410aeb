// What JupyterQuiz leaves out: names for screen readers, and keys that move without answering.
function finish(name) {
  const root = document.getElementById(name);
  if (!root?.querySelector(".Answer")) {
    setTimeout(() => finish(name), 50);
    return;
  }
  root.querySelector(".lr-quiz-static").remove();
  const answers = root.querySelector(".Answer");
  answers.setAttribute("role", "radiogroup");
  answers.setAttribute("aria-labelledby", root.querySelector("[id^=quizQn]").id);
  root.querySelector(".Feedback").setAttribute("role", "status");

  const radios = [...answers.querySelectorAll("input")];
  for (const radio of radios) radio.dataset.lmSuppressShortcuts = "true";
  // Arrows alone would choose every answer on the way to the one that is meant.
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  answers.addEventListener("keydown", (event) => {
    const position = radios.indexOf(event.target);
    if (event.key in steps) {
      radios.at((position + steps[event.key]) % radios.length).focus();
    } else if (event.key === "Enter") {
      radios[position].click();
    } else {
      return;
    }
    event.preventDefault();
  });
}
