console.log('esm runs'); globalThis.marker = 'set'; export {};
