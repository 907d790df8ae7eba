// The face of k6/http: files and forms that carry them.
class FileData {
  constructor(data, filename, contentType) {
    this.data = data;
    this.filename = filename;
    this.content_type = contentType;
  }
}

// As Go takes a text from the script: null and undefined are none.
function textOrNothing(value) { return value === null || value === undefined ? '' : String(value); }

function file(data, filename, contentType) {
  if (typeof data !== 'string' && !(data instanceof ArrayBuffer)) {
    goError(`invalid type ${goType(data)}, expected string or ArrayBuffer`);
  }
  return new FileData(data, arguments.length < 2 ? `${Date.now()}000000` : textOrNothing(filename),
    arguments.length < 3 ? 'application/octet-stream' : textOrNothing(contentType));
}

function escapeQuotes(text) { return text.replace(/[\\"]/g, '\\$&'); }

function makeBoundary() {
  let boundary = '';
  for (let i = 0; i < 60; ++i) boundary += Math.floor(Math.random() * 16).toString(16);
  return boundary;
}

// A form with files: the request gets its bytes and their type.
function takeMultipart(call, fields) {
  const boundary = makeBoundary();
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value instanceof FileData) {
      addPart(boundary, `Content-Disposition: form-data; name="${name}"; filename="` +
        `${escapeQuotes(value.filename)}"\r\nContent-Type: ${value.content_type}`, value.data);
    } else {
      addPart(boundary, `Content-Disposition: form-data; name="${escapeQuotes(name)}"`,
        goValue(value));
    }
  }
  call.body = endForm(boundary);
  call.headers = ['Content-Type', `multipart/form-data; boundary=${boundary}`];
}
