import { createClient } from "./rivya-wasm.js";

const form = document.getElementById("form");
const status = document.getElementById("status");
const picture = document.getElementById("picture");
const button = form.querySelector("button");

// Without options it talks to /api/rivya of this site, where the Worker has its proxy. The session's cookie goes along
// by itself.
const client = createClient();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    await make(form.elements.prompt.value, [...form.elements.photos.files]);
    status.textContent = "";
  } catch (error) {
    status.textContent = error.message;
  } finally {
    button.disabled = false;
  }
});

async function make(prompt, references) {
  const rivya = await client;
  const generation = await rivya.generate(
    { model: "nano-banana-2", prompt, references },
    { onProgress: ({ phase }) => (status.textContent = `${phase}…`) },
  );
  const [file] = await rivya.download(generation);
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(file);
  picture.alt = prompt;
  picture.hidden = false;
}
