"""Short trainings with the names and idioms of well-known teaching programs, a few steps of each."""

import argparse
import math
import types

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
from torch import optim
from torch.autograd import Variable
from torch.distributions import Categorical
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.05)
args = parser.parse_args()
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
rng = np.random.default_rng(0)


def drawn(*sizes):
    return torch.from_numpy(rng.normal(size=sizes)).to(torch.float32)


def prepared(model):
    for p in model.parameters():
        p.data.copy_(drawn(*p.shape) * 0.3)
    return model.to(device)


# micrograd's test: one expression by another path
x = torch.Tensor([-4.0]).double()
x.requires_grad = True
z = 2 * x + 2 + x
q = z.relu() + z * x
y = (z * z).relu() + q + q * x
y.backward()
print(y.data.item(), x.grad.item())

# makemore: bigrams by counting, then a network of embeddings, trained by hand
words = ["emma", "olivia", "ava", "isabella", "mia"]
chars = sorted(set("".join(words)))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi["."] = 0
N = torch.zeros((len(stoi), len(stoi)), dtype=torch.int32)
xs, ys = [], []
for w in words:
    context = [0, 0]
    for ch in w + ".":
        N[context[-1], stoi[ch]] += 1
        xs.append(context)
        ys.append(stoi[ch])
        context = [*context[1:], stoi[ch]]
P = (N + 1).float()
P /= P.sum(1, keepdims=True)
X, Y = torch.tensor(xs), torch.tensor(ys)
print(P[X[:, -1], Y].log().mean().item(), N.sum().item())
C, W1, b1, W2 = drawn(len(stoi), 3), drawn(6, 8), drawn(8) * 0.1, drawn(8, len(stoi)) * 0.1
gain, running = torch.ones((1, 8)), torch.zeros((1, 8))
parameters = [C, W1, b1, W2, gain]
for p in parameters:
    p.requires_grad = True
for step in range(4):
    hidden = C[X].view(-1, 6) @ W1 + b1
    mean, std = hidden.mean(0, keepdim=True), hidden.std(0, keepdim=True)
    with torch.no_grad():
        running = 0.9 * running + 0.1 * mean
    logits = torch.tanh(gain * (hidden - mean) / std) @ W2
    loss = F.cross_entropy(logits, Y) + 0.01 * (W2**2).mean()
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        p.data += -0.1 * p.grad
    print(loss.item(), running.sum().item())


class Rows(nn.Module):  # images row by row, as a sequence
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(input_size=5, hidden_size=6, batch_first=True)
        self.batchnorm, self.fc1 = nn.BatchNorm1d(6), nn.Linear(6, 4)
        self.dropout = nn.Dropout2d(0.0)

    def forward(self, input):
        output, _ = self.rnn(input.reshape(-1, 5, 5))
        return F.log_softmax(self.fc1(F.relu(self.batchnorm(output[:, -1, :]))), dim=1)


class Shapes(Dataset):
    def __init__(self):
        self.images, self.labels = drawn(12, 1, 5, 5), torch.from_numpy(rng.integers(0, 4, 12))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i], int(self.labels[i])


model, loader = prepared(Rows()), DataLoader(Shapes(), batch_size=5, shuffle=False, num_workers=0, pin_memory=False)
optimizer = optim.Adadelta(model.parameters(), lr=1.0)
scheduler = StepLR(optimizer, step_size=1, gamma=0.7)
for epoch in range(2):
    model.train()
    for batch_idx, (data, target) in enumerate(loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()
        print(epoch, batch_idx * len(data), len(loader.dataset), loss.item())
    scheduler.step()
model.eval()
with torch.no_grad():
    output = model(loader.dataset.images)
    pred = output.argmax(dim=1, keepdim=True)
    print(F.nll_loss(output, loader.dataset.labels, reduction="sum").item(), scheduler.get_last_lr()[0])
    print(pred.eq(loader.dataset.labels.view_as(pred)).sum().item())


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(25, 8), nn.Linear(8, 2), nn.Linear(8, 2)
        self.fc3, self.fc4 = nn.Linear(2, 8), nn.Linear(8, 25)

    def forward(self, x, eps):
        h1 = F.relu(self.fc1(x))
        mu, logvar = self.fc21(h1), self.fc22(h1)
        z = mu + eps * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


vae = prepared(VAE())
optimizer = optim.Adam(vae.parameters(), lr=1e-2)
for _ in range(3):
    image = torch.sigmoid(drawn(6, 1, 5, 5)).view(-1, 25)
    optimizer.zero_grad()
    recon, mu, logvar = vae(image, drawn(6, 2))
    bce = F.binary_cross_entropy(recon, image, reduction="sum")
    loss = bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    loss.backward()
    optimizer.step()
    print(loss.item())


class Larger(nn.Module):  # an image of more pixels
    def __init__(self, upscale_factor):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.conv1, self.conv2 = nn.Conv2d(1, 6, (5, 5), (1, 1), (2, 2)), nn.Conv2d(6, upscale_factor**2, 3, 1, 1)
        self.pixel_shuffle = nn.PixelShuffle(upscale_factor)
        init.orthogonal_(self.conv1.weight, init.calculate_gain("relu"))

    def forward(self, x):
        return self.pixel_shuffle(self.conv2(self.relu(self.conv1(x))))


net = Larger(2)
print((net.conv1.weight.view(6, -1) @ net.conv1.weight.view(6, -1).t()).diagonal().mean().item())
optimizer = optim.Adam(prepared(net).parameters(), lr=0.01)
for small, large in DataLoader(TensorDataset(drawn(4, 1, 4, 4), drawn(4, 1, 8, 8)), batch_size=2):
    optimizer.zero_grad()
    loss = nn.MSELoss()(net(small), large)
    loss.backward()
    optimizer.step()
    print(loss.item(), 10 * math.log10(1 / loss.item()))


class Words(nn.Module):
    def __init__(self, ntoken, ninp, nlayers, tie_weights):
        super().__init__()
        self.drop, self.encoder = nn.Dropout(0.0), nn.Embedding(ntoken, ninp)
        self.rnn, self.decoder = nn.GRU(ninp, ninp, nlayers), nn.Linear(ninp, ntoken)
        if tie_weights:
            self.decoder.weight = self.encoder.weight
        nn.init.zeros_(self.decoder.bias)
        self.nlayers, self.ntoken = nlayers, ntoken

    def forward(self, input, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(input)), hidden)
        return F.log_softmax(self.decoder(output).view(-1, self.ntoken), dim=1), hidden

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        return weight.new_zeros(self.nlayers, bsz, 6)


def batchify(data, bsz):
    nbatch = data.size(0) // bsz
    return data.narrow(0, 0, nbatch * bsz).view(bsz, -1).t().contiguous()


text, model = batchify(torch.from_numpy(rng.integers(0, 9, 50)), 3), prepared(Words(9, 6, 2, True))
hidden = model.init_hidden(3)
for i in range(0, text.size(0) - 1, 5):
    seq_len = min(5, len(text) - 1 - i)
    data, target = text[i : i + seq_len], text[i + 1 : i + 1 + seq_len].view(-1)
    model.zero_grad()
    hidden = hidden.detach()
    output, hidden = model(data, hidden)
    loss = nn.NLLLoss()(output, target)
    loss.backward()
    total = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
    for p in model.parameters():
        p.data.add_(p.grad, alpha=-args.lr)
    print(loss.item(), total.item(), math.exp(loss.item()))


class Waves(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm1, self.linear = nn.LSTMCell(1, 5), nn.Linear(5, 1)

    def forward(self, input, future=0):
        outputs = []
        h_t, c_t = (torch.zeros(input.size(0), 5, dtype=torch.double) for _ in range(2))
        for input_t in input.split(1, dim=1):
            h_t, c_t = self.lstm1(input_t, (h_t, c_t))
            outputs += [self.linear(h_t)]
        for i in range(future):
            h_t, c_t = self.lstm1(outputs[-1], (h_t, c_t))
            outputs += [self.linear(h_t)]
        return torch.cat(outputs, dim=1)


seq = prepared(Waves()).double()
waves = torch.from_numpy(np.sin(np.arange(10) / 2 + rng.uniform(0, 6, (3, 1))))
optimizer = optim.LBFGS(seq.parameters(), lr=0.8, max_iter=4)


def closure():
    optimizer.zero_grad()
    loss = nn.MSELoss()(seq(waves[:, :-1]), waves[:, 1:])
    loss.backward()
    return loss


print([optimizer.step(closure).item() for _ in range(2)])
with torch.no_grad():
    print(seq(waves, future=4)[:, -4:].numpy().sum())

# a polynomial
W_target, fc = drawn(4, 1) * 5, torch.nn.Linear(4, 1)
prepared(fc)
for batch_idx in range(3):
    random = drawn(8)
    features = torch.cat([random.unsqueeze(1) ** i for i in range(1, 5)], 1)
    fc.zero_grad()
    output = F.smooth_l1_loss(fc(features), features.mm(W_target) + 1.5)
    output.backward()
    for param in fc.parameters():
        param.data.add_(-0.1 * param.grad)
    print(output.item(), f"{fc.weight.view(-1)[0]:+.2f}")

# a policy that is reinforced
policy = prepared(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(dim=1)))
optimizer = optim.Adam(policy.parameters(), lr=1e-2)
for episode in range(2):
    saved_log_probs, R, returns = [], 0, []
    for t in range(5):
        state = torch.from_numpy(rng.normal(size=4)).float().unsqueeze(0)
        saved_log_probs.append(Categorical(policy(state)).log_prob(torch.tensor([t % 2])))
        R = 1.0 + 0.99 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-7)
    optimizer.zero_grad()
    policy_loss = torch.cat([-log_prob * R for log_prob, R in zip(saved_log_probs, returns)]).sum()
    policy_loss.backward()
    optimizer.step()
    print(policy_loss.item())


# graphs: convolution over neighbours, and attention to them
class GraphConv(nn.Module):
    def __init__(self, input_dim, output_dim):
        super().__init__()
        self.kernel = nn.Parameter(torch.Tensor(input_dim, output_dim))
        nn.init.xavier_normal_(self.kernel)

    def forward(self, h, adj_mat):
        return torch.spmm(adj_mat, torch.mm(h, self.kernel))


class GraphAttention(nn.Module):
    def __init__(self, n, heads, hidden):
        super().__init__()
        self.heads, self.hidden, self.leakyrelu = heads, hidden, nn.LeakyReLU(0.2)
        self.W, self.a = nn.Parameter(torch.empty(size=(n, heads * hidden))), nn.Parameter(torch.empty(2 * hidden, 1))

    def forward(self, h, adj_mat):
        n = h.shape[0]
        h = torch.mm(h, self.W).view(n, self.heads, self.hidden).permute(1, 0, 2)
        source, target = torch.matmul(h, self.a[: self.hidden, :]), torch.matmul(h, self.a[self.hidden :, :])
        e = self.leakyrelu(source + target.mT)
        attention = torch.where(adj_mat > 0, e, -9e16 * torch.ones_like(e))
        return torch.matmul(F.softmax(attention, dim=-1), h).mean(dim=0)


nodes, labels = drawn(7, 5), torch.from_numpy(rng.integers(0, 3, 7))
edges = torch.tensor(rng.integers(0, 7, (12, 2)))
adjacency = torch.sparse_coo_tensor(edges.T, torch.ones(12), (7, 7)).to_dense() + torch.eye(7)
degree = adjacency.sum(dim=1).pow(-0.5)
idx_train = torch.randperm(7).sort().values[:5]
for layer in (GraphConv(5, 3), GraphAttention(5, 2, 3)):
    matrix = torch.diag(degree) @ adjacency @ torch.diag(degree)
    optimizer = optim.Adam(prepared(layer).parameters(), lr=0.05, weight_decay=5e-4)
    for epoch in range(3):
        optimizer.zero_grad()
        output = F.log_softmax(F.elu(layer(nodes, matrix)), dim=1)
        loss = nn.NLLLoss()(output[idx_train], labels[idx_train])
        loss.backward()
        optimizer.step()
        print(loss.item(), (output.argmax(dim=1) == labels).sum().item() / len(labels))

hidden = Variable(torch.zeros(1, 3))
options = types.SimpleNamespace(**vars(args))
print(hidden.data.topk(1)[0].item(), options.lr)
