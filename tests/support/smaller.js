// A PNG (base64) with the 256 colours that it has most of, the others as the nearest of these: a third of the bytes.
async (given) => {
  const bytes = Uint8Array.from(atob(given), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer); // little-endian: ABGR

  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const palette = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one)).slice(0, 256);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const inks = palette.map(parts);
  const index = new Map(palette.map((pixel, place) => [pixel, place]));
  const nearest = ([red, green, blue]) => {
    let [best, least] = [0, Infinity];
    inks.forEach(([r, g, b], place) => {
      const far = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
      if (far < least) [best, least] = [place, far];
    });
    return best;
  };
  const rows = new Uint8Array(height * (width + 1)); // each row begins with 0: no filter
  pixels.forEach((pixel, at) => {
    if (!index.has(pixel)) index.set(pixel, nearest(parts(pixel)));
    rows[at + Math.floor(at / width) + 1] = index.get(pixel);
  });

  const packed = new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate")));
  const table = Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
    return sum >>> 0;
  });
  const number = (value) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  const chunk = (name, data) => {
    const body = [...[...name].map((letter) => letter.charCodeAt(0)), ...data];
    const sum = body.reduce((sum, byte) => table[(sum ^ byte) & 255] ^ (sum >>> 8), 0xffffffff);
    return [...number(data.length), ...body, ...number((sum ^ 0xffffffff) >>> 0)];
  };
  const png = [
    ...[137, 80, 78, 71, 13, 10, 26, 10],
    ...chunk("IHDR", [...number(width), ...number(height), 8, 3, 0, 0, 0]),
    ...chunk("PLTE", inks.flat()),
    ...chunk("IDAT", new Uint8Array(await packed.arrayBuffer())),
    ...chunk("IEND", []),
  ];
  return btoa(png.map((byte) => String.fromCharCode(byte)).join(""));
}
