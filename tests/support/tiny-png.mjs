/** A real PNG of one pixel, in Node and in pages. */
const BASE64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNocFAAAAIkAOGrWWInAAAAAElFTkSuQmCC";

export const tinyPng = () => Uint8Array.from(atob(BASE64), (character) => character.charCodeAt(0));
