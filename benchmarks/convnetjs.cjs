// ConvNetJS's version of the notebook's network, for benchmarks/training.py: node convnetjs.cjs FOLDER-OF-CONVNETJS
// Each line of stdin is a question in JSON, each line of stdout its answer: first the examples, then "run".
'use strict';
const convnetjs = require(process.argv[2]);
const network = new convnetjs.Net();
network.makeLayers([
  { type: 'input', out_sx: 5, out_sy: 5, out_depth: 1 },
  { type: 'conv', sx: 3, filters: 1, stride: 1, pad: 0, activation: 'relu' },
  // It has no ceil_mode: with a ring of padding there are 2 x 2 windows too, of the same sizes in another order.
  { type: 'pool', sx: 2, stride: 2, pad: 1 },
  { type: 'softmax', num_classes: 10 },
]);
let trainer;
let examples = [];
let epochs = 1;

function prepare(question) {
  const { images, labels, rate } = question;
  epochs = question.epochs;
  trainer = new convnetjs.SGDTrainer(network, { learning_rate: rate, momentum: 0, batch_size: 1, l2_decay: 0 });
  examples = images.map((pixels, example) => {
    const volume = new convnetjs.Vol(5, 5, 1, 0);
    pixels.forEach((pixel, cell) => { volume.w[cell] = pixel; });
    return [volume, labels[example]];
  });
  return examples.length;
}

function run() {
  const start = process.hrtime.bigint();
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    for (const [volume, label] of examples) trainer.train(volume, label);
  }
  return Number(process.hrtime.bigint() - start) / 1e9;
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const question = JSON.parse(line);
  console.log(JSON.stringify(question.images ? prepare(question) : run()));
});
