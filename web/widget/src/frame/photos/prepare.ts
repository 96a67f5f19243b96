const READABLE = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);
const MAX_SIDE = 2560;
const BIG_BYTES = 4 * 1024 * 1024;
const QUALITY = 0.86;

/**
 * Makes a photo small enough to travel: a 12-megapixel camera picture says no more than one of
 * 2,560 pixels. Formats the server does not read (HEIC) become JPEG where this browser can.
 * A file that is no picture goes as it is: the server says so, in the customer's language.
 */
export async function prepare(file: File): Promise<File> {
  const readable = READABLE.has(file.type);
  if (readable && file.size <= BIG_BYTES) return file;
  if (file.type === "image/gif" || !file.type.startsWith("image/")) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise<Blob | null>((resolve) =>
      canvas.toBlob(resolve, "image/jpeg", QUALITY),
    );
    return blob && (blob.size < file.size || !readable)
      ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" })
      : file;
  } catch {
    // Not decodable here: the server's check decides, and its answer is shown.
    return file;
  }
}
