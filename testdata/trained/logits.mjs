// Runs a trained network of an npm package in the package's own runtime, TensorFlow.js on the CPU.
//
//   node logits.mjs NETWORK PICTURES OUT
//
// PICTURES has float32 numbers from 0 to 255, one picture after the other, each as rows of pixels of red, green and blue.
// OUT is a folder: logits.bin gets what the network makes of them before any softmax, and model.json with its shards the
// network itself, where the package has those in JavaScript.
import fs from 'node:fs';
import path from 'node:path';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const modules = path.join(path.dirname(fileURLToPath(import.meta.url)), 'node_modules');
const require = createRequire(import.meta.url);
const [network, pictures, out] = process.argv.slice(2);

// face-api's bundle has TensorFlow.js in it and is made for browsers.
globalThis.window = globalThis;
globalThis.document = {createElement: () => ({getContext: () => null})};
const faceapi = await import(path.join(modules, '@vladmandic/face-api/dist/face-api.esm.js'));
const tf = faceapi.tf;
await tf.setBackend('cpu');
await tf.ready();

// read returns the bytes of a file in an ArrayBuffer of their own.
function read(file) {
  const b = fs.readFileSync(file);
  return b.buffer.slice(b.byteOffset, b.byteOffset + b.length);
}

// batch returns the pictures, of size × size pixels.
function batch(size) {
  const pixels = new Float32Array(read(pictures));
  return tf.tensor4d(pixels, [pixels.length / (3 * size * size), size, size, 3]);
}

// expression is face-api's network of seven expressions, with its own preprocessing.
async function expression() {
  const folder = path.join(modules, '@vladmandic/face-api/model/');
  const manifest = JSON.parse(fs.readFileSync(folder + 'face_expression_model-weights_manifest.json'));
  const load = tf.io.weightsLoaderFactory(async (files) => files.map(read));
  const net = new faceapi.FaceExpressionNet();
  net.loadFromWeightMap(await load(manifest, folder));
  const one = async (picture) => net.runNet(await faceapi.toNetInput(picture)); // which takes a batch of one
  return tf.concat(await Promise.all(tf.split(batch(112), batch(112).shape[0]).map(one)));
}

// nsfw is one of nsfwjs' networks of five classes, whose preprocessing is a division by 255.
async function nsfw(name) {
  const folder = path.join(modules, 'nsfwjs/dist/models', name);
  const model = require(path.join(folder, 'model.min.js'));
  const shards = model.weightsManifest[0].paths.map(
    (shard) => Buffer.from(require(path.join(folder, shard + '.min.js')), 'base64'));
  fs.writeFileSync(path.join(out, 'model.json'), JSON.stringify(model));
  model.weightsManifest[0].paths.forEach((shard, i) => fs.writeFileSync(path.join(out, shard), shards[i]));

  const bytes = Buffer.concat(shards);
  const artifacts = {
    modelTopology: model.modelTopology, format: model.format, signature: model.userDefinedMetadata?.signature,
    weightSpecs: model.weightsManifest[0].weights,
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  };
  const handler = {load: async () => artifacts};
  const x = batch(224).div(255);
  if (model.format === 'graph-model') {
    const graph = await tf.loadGraphModel(handler);
    return graph.execute(x, 'StatefulPartitionedCall/sequential/dense/BiasAdd');
  }
  artifacts.modelTopology = structuredClone(model.modelTopology);
  artifacts.modelTopology.model_config.config.layers.at(-1).config.activation = 'linear'; // without its softmax
  return (await tf.loadLayersModel(handler)).predict(x);
}

const logits = network === 'expression' ? await expression() : await nsfw(network);
fs.writeFileSync(path.join(out, 'logits.bin'), new Uint8Array((await logits.data()).slice().buffer));
