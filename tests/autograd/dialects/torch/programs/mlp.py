"""An MLP on random data, in PyTorch's words: it prints a number a line, the same there and here."""

import os
import tempfile

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.ReLU(True), nn.Linear(sizes[1], sizes[2]))
        self.scale = nn.Parameter(torch.ones(1, sizes[2]))
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        self.seen += x.size(0)
        return self.body(x.view(x.size(0), -1)) * self.scale


rng = np.random.default_rng(0)
torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x = torch.from_numpy(rng.normal(size=(40, 2, 3)).astype(np.float32))
y = torch.tensor(rng.integers(0, 4, 40), dtype=torch.long)
criterion = nn.CrossEntropyLoss()

for make in (
    lambda params: optim.SGD(params, lr=0.1, momentum=0.9),
    lambda params: optim.Adam(params, lr=0.01, weight_decay=1e-4),
):
    model = Net([6, 16, 4]).to(device)
    for parameter in model.parameters():
        parameter.data.copy_(torch.from_numpy(rng.normal(size=parameter.size())) * 0.3)
    optimizer = make(model.parameters())
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    for epoch in range(3):
        model.train()
        for data, target in DataLoader(TensorDataset(x, y), batch_size=16):
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            loss = criterion(model(data), target)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            print(loss.item())
        scheduler.step()
    model.eval()
    with torch.no_grad():
        output = model(x)
        both = torch.cat([output, F.softmax(output, dim=1)], dim=1)
        values, indices = output.max(1)
        print(both.std(dim=0).mean().item(), values.sum().item(), model.seen.item())
        print(output.max(1, keepdim=True)[1].eq(y.view_as(indices.unsqueeze(1))).sum().item())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.pt")
        torch.save({"model": model.state_dict(), "epoch": epoch}, path)
        other = Net([6, 16, 4])
        found = torch.load(path)
        print(other.load_state_dict(found["model"]).missing_keys, found["epoch"])
        print(sum(p.numel() for p in other.parameters()), (other.eval()(x) - output).abs().max().item())
