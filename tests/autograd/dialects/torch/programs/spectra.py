"""Complex numbers, Fourier transforms, linear algebra and distributions, with the gradients of what has one."""

import numpy as np
import torch
import torch.distributions as D

rng = np.random.default_rng(0)
X, A = rng.uniform(0.1, 0.9, (4, 6)), rng.normal(size=(3, 3))
Z = rng.normal(size=(4, 6)) + 1j * rng.normal(size=(4, 6))
EXPRESSIONS = """
torch.fft.fft(x) | torch.fft.ifft(z) | torch.fft.rfft(x, dim=0) | torch.fft.irfft(z, n=8) | torch.fft.fft2(x)
torch.fft.fftn(x, dim=(0,)) | torch.fft.rfft2(x) | torch.fft.irfft2(z) | torch.fft.fftshift(x, dim=1)
torch.fft.ifftshift(x) | torch.fft.fftfreq(5, 0.5) | torch.fft.rfftfreq(6) | torch.fft.rfft(x, norm="ortho")
torch.fft.hfft(z) | torch.fft.ihfft(x) | z.real | z.imag | z.conj() | z.abs() | torch.angle(z) | z*2 | z+x
x*1j | z@z.mH | z.H | torch.view_as_real(z) | torch.view_as_complex(torch.view_as_real(z)) | torch.complex(x, x)
torch.polar(x, x) | z.exp() | z.sum() | z.mean(0) | z.pow(2) | z/x | (z*z.conj()).real | torch.real(z)
torch.sgn(z) | z.adjoint() | z.T | 1/z | z.sqrt() | z.log() | z.sin() | z.tanh() | z.reshape(-1) | z[0]
torch.stack([z,z]) | torch.cat([z,x+0j]) | z.cumsum(0) | z.prod(1) | torch.einsum('ij,kj->ik', z, z) | z.norm()
torch.linalg.norm(z) | torch.tensor(1j)*x | z.to(torch.complex64)*x | z.to(torch.complex64)+torch.tensor(1j)
torch.linalg.inv(a) | torch.linalg.det(a) | torch.linalg.qr(a)[1].abs() | torch.linalg.qr(a).R.abs()
torch.linalg.svd(a).S | torch.linalg.svd(x, full_matrices=False).Vh.abs() | torch.linalg.eigh(s)[0]
torch.linalg.eigh(s).eigenvalues | torch.linalg.eigvalsh(s) | torch.linalg.cholesky(s)
torch.linalg.cholesky(s, upper=True) | torch.linalg.solve(a, s) | torch.linalg.solve(a, s[0])
torch.linalg.solve(a, s, left=False) | torch.linalg.lstsq(x, x[:, :2])[0]
torch.linalg.lstsq(x.T, x.T[:, :2]).solution | torch.linalg.matrix_norm(a) | torch.linalg.matrix_norm(a, 'nuc')
torch.linalg.matrix_norm(a, 2) | torch.linalg.vector_norm(x, dim=1) | torch.linalg.cond(a)
torch.linalg.matrix_rank(a) | torch.linalg.pinv(x) | torch.linalg.matrix_power(a, 3)
torch.linalg.matrix_exp(a) | torch.linalg.multi_dot([a,a,s]) | torch.linalg.svdvals(x)
torch.linalg.cross(a, s) | torch.linalg.solve_triangular(torch.tril(s), a, upper=False)
torch.linalg.solve_triangular(torch.triu(s), x[:3], upper=True)
torch.linalg.solve_triangular(torch.triu(s), a, upper=True, left=False) | torch.linalg.eigvals(s).real
torch.linalg.vecdot(x, x) | torch.linalg.vander(x[0]) | torch.linalg.diagonal(a) | torch.logdet(s)
torch.svd(x)[1] | torch.svd(x)[2].abs() | torch.cholesky(s) | torch.pinverse(x) | torch.matrix_power(a, 2)
torch.matrix_exp(a) | torch.det(a) | torch.trace(a) | torch.chain_matmul(a,a) | torch.special.expit(x)
torch.special.xlogy(x,x) | torch.special.ndtr(x) | torch.special.polygamma(1,x) | torch.special.psi(x)
torch.special.i0(x) | torch.special.erfinv(x) | torch.special.gammaln(x) | torch.special.log_ndtr(x)
torch.special.entr(x) | torch.rad2deg(x) | torch.copysign(x,-x) | torch.fmax(x,x*2) | torch.diff(x)
torch.diff(x, dim=0) | torch.cov(x) | torch.corrcoef(x) | torch.trapezoid(x) | torch.trapz(x, dim=0)
torch.fliplr(x) | torch.nansum(x) | torch.nanmean(x, dim=1) | torch.aminmax(x).max | torch.count_nonzero(x)
torch.take(x, torch.tensor([0,5])) | torch.take_along_dim(x, x.argsort(1), dim=1) | torch.diag_embed(x)
torch.bucketize(x, torch.tensor([.2,.5])) | torch.tril_indices(3,3) | torch.triu_indices(3,4,1)
torch.logspace(0,1,4) | torch.hann_window(5) | torch.hann_window(5, periodic=False) | torch.column_stack([x,x])
torch.atleast_2d(x[0]) | torch.rsub(x, 1) | torch.index_put(x, (torch.tensor([0]),), x[1])
x.index_put((torch.tensor([0,0]),), x[1], accumulate=True) | torch.signbit(-x) | torch.diagflat(x[0])
torch.meshgrid(x[0], x[1], indexing='xy')[1] | torch.broadcast_tensors(x, x[0])[1] | torch.layer_norm(x, (6,))
torch.nn.functional.relu_(x*1) | torch.relu_(x*1) | torch.linalg.slogdet(a)[1]
torch.tensor([1 + 2j]) * x[0, 0]
"""


def numbers(value):
    value = value.detach()
    value = torch.view_as_real(value.clone()) if torch.is_complex(value) else value
    return value.double().reshape(-1).tolist()


for text in EXPRESSIONS.replace("\n", "|").split("|"):
    if not text.strip():
        continue
    x, a, s = (
        torch.tensor(X, requires_grad=True),
        torch.tensor(A, requires_grad=True),
        torch.tensor(A @ A.T + 3 * np.eye(3)),
    )
    z = torch.tensor(Z, requires_grad=True)
    value = eval(text)
    value = value[0] if isinstance(value, tuple) else value
    print(text, list(value.shape), numbers(value))
    if value.requires_grad:
        loss = (value * value.conj()).real.sum() + value.real.sum()
        (loss + 2 * value.imag.sum() if torch.is_complex(value) else loss).backward()
        print([numbers(leaf.grad) for leaf in (x, a, z) if leaf.grad is not None])


def parameter(*values):
    return torch.tensor(values, dtype=torch.double, requires_grad=True)


p, q, v = parameter(0.3, 0.6), parameter(1.0, 2.0), torch.tensor([0.3, 0.4], dtype=torch.double)
flow = [D.AffineTransform(0.5, 2.0), D.SigmoidTransform()]
matrix = torch.tensor([[2.0, 0.3], [0.3, 1.0]], dtype=torch.double)
kinds = [
    D.Normal(p, q), D.Laplace(p, q), D.Cauchy(p, q), D.Gumbel(p, q), D.Uniform(p - 1, q), D.Exponential(q),
    D.Gamma(p, q), D.Beta(p, q), D.LogNormal(p, q), D.Independent(D.Normal(p, q), 1),
    D.TransformedDistribution(D.Normal(p, q), flow),
    D.MultivariateNormal(p, matrix), D.TransformedDistribution(D.Uniform(p * 0, q), D.SigmoidTransform().inv),
]  # fmt: skip
for kind in kinds:
    p.grad = q.grad = None
    kind.log_prob(v).sum().backward()
    print(numbers(kind.log_prob(v)), [t.grad.tolist() for t in (p, q) if t.grad is not None])
    print(list(kind.sample((5, 3)).shape))
ones = torch.tensor([1.0, 0.0], dtype=torch.double)
for kind in (D.Bernoulli(p), D.Bernoulli(logits=q), D.Poisson(q), D.Categorical(torch.stack([p, 1 - p], 1))):
    print(numbers(kind.log_prob(ones)), list(kind.sample((4,)).shape))
pairs = [(D.Normal(p, q), D.Normal(q, p)), (D.Bernoulli(p), D.Bernoulli(p / 2)), (D.Categorical(q), D.Categorical(p))]
for one, other in pairs:
    print(numbers(D.kl_divergence(one, other)), numbers(one.entropy()))
