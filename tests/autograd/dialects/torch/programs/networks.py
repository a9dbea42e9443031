"""Layers of all kinds in short trainings: images, autoencoders and GANs, sequences, attention, flows, fields."""

import math
from collections import OrderedDict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.distributions import Categorical, Normal

rng = np.random.default_rng(0)
EPS = np.finfo(np.float32).eps.item()


def normal(*sizes):
    return torch.from_numpy(rng.normal(size=sizes).astype(np.float32))


def start(*models):
    with torch.no_grad():
        for model in models:
            for p in model.parameters():
                p.copy_(normal(*p.size()) * 0.2)


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, 1)
        self.conv2 = nn.Conv2d(4, 4, kernel_size=3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(36, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x), inplace=True), 2)
        x = self.bn(self.conv2(x)) + x
        return F.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)


model = Images()
start(model)
optimizer = optim.Adadelta(model.parameters(), lr=1.0)
images, labels = normal(12, 1, 8, 8), torch.tensor(rng.integers(0, 3, 12))
for _ in range(4):
    optimizer.zero_grad()
    loss = F.nll_loss(model(images), labels)
    loss.backward()
    optimizer.step()
    print(loss.item(), model.bn.running_mean.sum().item(), model.bn.num_batches_tracked.item())
print(model.eval()(images).argmax(dim=1, keepdim=True).eq(labels.view(-1, 1)).sum().item())


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        m.weight.data.copy_(normal(*m.weight.shape) * 0.1)
    elif classname.find("BatchNorm") != -1:
        nn.init.ones_(m.weight)
        m.bias.data.fill_(0)


G = nn.Sequential(
    nn.ConvTranspose2d(5, 4, 4, 1, 0, bias=False),
    nn.BatchNorm2d(4),
    nn.ReLU(True),
    nn.ConvTranspose2d(4, 1, 4, 2, 1),
    nn.Tanh(),
)
D = nn.Sequential(
    OrderedDict(
        conv=nn.Conv2d(1, 4, 4, 2, 1), act=nn.LeakyReLU(0.2, inplace=True), out=nn.Conv2d(4, 1, 4), p=nn.Sigmoid()
    )
)
start(G, D)
G.apply(weights_init)
D.apply(weights_init)
criterion = nn.BCELoss()
optD, optG = (
    optim.Adam(D.parameters(), lr=0.02, betas=(0.5, 0.999)),
    optim.Adam(G.parameters(), lr=0.02, betas=(0.5, 0.999)),
)
for _ in range(3):
    D.zero_grad()
    label = torch.full((6,), 1, dtype=images.dtype)
    lossR = criterion(D(images[:6]).view(-1, 1).squeeze(1), label)
    lossR.backward()
    fake = G(normal(6, 5, 1, 1))
    label.fill_(0)
    lossF = criterion(D(fake.detach()).view(-1), label)
    lossF.backward()
    optD.step()
    G.zero_grad()
    label.fill_(1)
    lossG = criterion(D(fake).view(-1), label)
    lossG.backward()
    optG.step()
    print(lossR.item(), lossF.item(), lossG.item())


class CharRNN(nn.Module):
    def __init__(self, n, hidden, out):
        super().__init__()
        self.hidden_size = hidden
        self.i2h, self.i2o, self.o2o = (
            nn.Linear(n + hidden, hidden),
            nn.Linear(n + hidden, out),
            nn.Linear(hidden + out, out),
        )
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        both = torch.cat((input, hidden), 1)
        hidden, output = self.i2h(both), self.i2o(both)
        return self.softmax(self.o2o(torch.cat((hidden, output), 1))), hidden

    def initHidden(self):
        return torch.zeros(1, self.hidden_size)


rnn = CharRNN(5, 7, 5)
start(rnn)
line = torch.zeros(6, 1, 5)
for k in range(6):
    line[k][0][int(rng.integers(5))] = 1
for _ in range(3):
    hidden, loss = rnn.initHidden(), torch.Tensor([0])
    rnn.zero_grad()
    for k in range(5):
        output, hidden = rnn(line[k], hidden)
        loss += nn.NLLLoss()(output, line[k + 1].argmax(1))
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-0.05)
    print(loss.item() / 5, output.topk(1)[1][0].item())


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True)

    def forward(self, input):
        return self.gru(self.embedding(input))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru, self.out = nn.Embedding(9, 6), nn.GRU(12, 6, batch_first=True), nn.Linear(6, 9)
        self.Wa, self.Ua, self.Va = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 1)

    def forward(self, encoded, hidden, target):
        input = torch.empty(target.size(0), 1, dtype=torch.long).fill_(0)
        outputs = []
        for k in range(target.size(1)):
            query = hidden.permute(1, 0, 2)
            scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(encoded))).squeeze(2).unsqueeze(1)
            context = torch.bmm(F.softmax(scores, dim=-1), encoded)
            output, hidden = self.gru(torch.cat((self.embedding(input), context), dim=2), hidden)
            outputs.append(self.out(output))
            input = target[:, k].unsqueeze(1) if k % 2 else outputs[-1].topk(1)[1].squeeze(-1).detach()
        return F.log_softmax(torch.cat(outputs, dim=1), dim=-1)


encoder, decoder = Encoder(), Decoder()
start(encoder, decoder)
optimizer = optim.Adam(list(encoder.parameters()) + list(decoder.parameters()), lr=0.01)
words = torch.tensor(rng.integers(0, 9, (3, 4)), dtype=torch.long)
for _ in range(4):
    optimizer.zero_grad()
    found = decoder(*encoder(words), words.flip(1))
    loss = nn.NLLLoss()(found.view(-1, found.size(-1)), words.flip(1).view(-1))
    loss.backward()
    optimizer.step()
    print(loss.item())

lstm = nn.LSTM(3, 4, 2, bidirectional=True)
layer = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0), 2, enable_nested_tensor=False)
attention = nn.MultiheadAttention(8, 2, batch_first=True)
start(lstm, layer, attention)
out, (h, c) = lstm(normal(5, 2, 3))
mask = nn.Transformer.generate_square_subsequent_mask(5)
out = attention(*[layer(out, mask=mask).transpose(0, 1)] * 3)[0]
(out.pow(2).mean() + h.sum() + c.mean()).backward()
print(out.sum().item(), lstm.weight_hh_l0.grad.norm().item(), layer.layers[0].linear1.weight.grad.std().item())


class Sine(nn.Module):
    def __init__(self, n, out):
        super().__init__()
        self.linear = nn.Linear(n, out)
        with torch.no_grad():
            self.linear.weight.uniform_(-1 / n, 1 / n)

    def forward(self, x):
        return torch.sin(3 * self.linear(x))


field = nn.Sequential(Sine(2, 8), Sine(8, 8), nn.Linear(8, 1))
start(field)
optimizer = torch.optim.Adam(lr=1e-2, params=field.parameters())
for _ in range(3):
    place = normal(7, 2).clone().detach().requires_grad_(True)
    value = field(place)
    slope = torch.autograd.grad(value, place, grad_outputs=torch.ones_like(value), create_graph=True)[0]
    curve = torch.autograd.grad(slope[:, 0], [place], torch.ones_like(slope[..., 0]), create_graph=True)[0][..., :1]
    loss = (curve**2).mean() + ((slope.norm(dim=-1) - 1).abs()).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())


class Coupling(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.mask = nn.Parameter(mask, requires_grad=False)
        self.s = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(), nn.Linear(8, 2), nn.Tanh())
        self.t = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(), nn.Linear(8, 2))

    def forward(self, x):
        kept = x * self.mask
        s, t = self.s(kept) * (1 - self.mask), self.t(kept) * (1 - self.mask)
        return kept + (1 - self.mask) * (x - t) * torch.exp(-s), -s.sum(dim=1)


flow = nn.ModuleList([Coupling(torch.tensor(m)) for m in ([0.0, 1.0], [1.0, 0.0])])
for layer in flow:
    start(layer.s, layer.t)
optimizer = optim.Adam([p for p in flow.parameters() if p.requires_grad], lr=1e-2)
points = normal(20, 2) * torch.tensor([2.0, 0.5])
for _ in range(3):
    z, total = points, points.new_zeros(points.size(0))
    for layer in flow:
        z, change = layer(z)
        total += change
    loss = -(Normal(torch.zeros(2), torch.ones(2)).log_prob(z).sum(1) + total).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine = nn.Linear(4, 16)
        self.action_head, self.value_head = nn.Linear(16, 2), nn.Linear(16, 1)

    def forward(self, x):
        x = F.relu(self.affine(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


policy = Policy()
start(policy)
optimizer = optim.Adam(policy.parameters(), lr=3e-2)
for _ in range(3):
    saved, rewards = [], []
    for k in range(6):
        probs, value = policy(torch.from_numpy(rng.normal(size=4)).float())
        chance = Categorical(probs)
        action = torch.tensor(k % 2)
        saved.append((chance.log_prob(action), value, chance.entropy()))
        rewards.insert(0, float(k % 3))
    returns = torch.tensor(rewards)
    returns = (returns - returns.mean()) / (returns.std() + EPS)
    losses = [-lp * (R - v.item()) for (lp, v, _), R in zip(saved, returns)]
    values = [F.smooth_l1_loss(v, torch.tensor([R])) for (_, v, _), R in zip(saved, returns)]
    loss = torch.stack(losses).sum() + torch.stack(values).sum() - 0.01 * torch.stack([e for *_, e in saved]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), math.sqrt(2))
